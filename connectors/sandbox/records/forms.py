"""The forms of the sample company in Jiandaoyun: where they are and what their widgets are called."""

from collections.abc import Mapping
from dataclasses import dataclass

APP_ID = "5b0e5f2c9a1d4c7e3f6a8b01"


@dataclass(frozen=True, slots=True)
class Widget:
    """One field of a form. `column` is what the company's map calls it."""

    name: str
    column: str
    label: str
    type: str


@dataclass(frozen=True, slots=True)
class View:
    """One form."""

    stream: str
    label: str
    entry_id: str
    widgets: tuple[Widget, ...]
    app_id: str = APP_ID


_EMPLOYEE = ("employee", "员工", "user")
_DESCRIBED: Mapping[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "nps_responses": (
        "客户推荐度调查",
        (
            ("response_id", "编号", "sn"),
            ("customer_no", "客户编码", "text"),
            ("employee", "客户经理", "user"),
            ("answered_at", "填写时间", "datetime"),
            ("score", "推荐意愿", "number"),
        ),
    ),
    "competitor_reports": (
        "竞品信息上报",
        (
            ("report_id", "编号", "sn"),
            _EMPLOYEE,
            ("discovered_at", "发现时间", "datetime"),
            ("submitted_at", "上报时间", "datetime"),
            ("covers", "包含内容", "checkboxgroup"),
            ("quality_score", "质量评分", "number"),
        ),
    ),
    "product_inputs": (
        "新产品信息征集",
        (
            ("input_id", "编号", "sn"),
            _EMPLOYEE,
            ("submitted_on", "提交日期", "datetime"),
            ("decision", "评审结论", "radiogroup"),
            ("decided_on", "评审日期", "datetime"),
        ),
    ),
    "complaints": (
        "客户投诉登记",
        (
            ("complaint_id", "编号", "sn"),
            _EMPLOYEE,
            ("customer_no", "客户编码", "text"),
            ("received_at", "受理时间", "datetime"),
            ("due_at", "应办结时间", "datetime"),
            ("closed_at", "办结时间", "datetime"),
        ),
    ),
    "policy_breaches": (
        "违规登记",
        (
            ("breach_id", "编号", "sn"),
            _EMPLOYEE,
            ("breach_type", "违规类型", "combo"),
            ("occurred_on", "发生日期", "datetime"),
            ("confirmed_on", "认定日期", "datetime"),
            ("status", "认定结论", "radiogroup"),
            ("rectify_due_on", "整改期限", "datetime"),
            ("rectified_on", "整改完成日期", "datetime"),
        ),
    ),
    "material_requisitions": (
        "广宣物料申领",
        (
            ("requisition_no", "出库单号", "text"),
            _EMPLOYEE,
            ("materials", "物料", "combocheck"),
            ("requested_at", "申请时间", "datetime"),
            ("approved_at", "审批时间", "datetime"),
        ),
    ),
    "brand_survey": (
        "品牌认知度调查",
        (
            ("wave", "批次", "text"),
            ("answered_at", "填写时间", "datetime"),
            ("city", "城市", "combo"),
            ("aware_unaided", "无提示知晓", "radiogroup"),
            ("aware_aided", "有提示知晓", "radiogroup"),
        ),
    ),
    "sales_satisfaction": (
        "线索质量满意度",
        (
            _EMPLOYEE,
            ("rated_team", "被评团队", "combo"),
            ("period_id", "月份", "text"),
            ("score", "满意度", "number"),
        ),
    ),
    "service_scores": (
        "服务评分",
        (
            ("response_id", "编号", "sn"),
            _EMPLOYEE,
            ("answered_on", "评价日期", "datetime"),
            ("score", "评分", "number"),
        ),
    ),
}


def _view(number: int, stream: str) -> View:
    label, columns = _DESCRIBED[stream]
    widgets = tuple(
        Widget(f"_widget_17304{number:03d}{place:05d}", column, name, kind)
        for place, (column, name, kind) in enumerate(columns, start=1)
    )
    return View(stream, label, f"66f1c0de00000000000000{number:02x}", widgets)


FORMS: Mapping[str, View] = {stream: _view(number, stream) for number, stream in enumerate(_DESCRIBED, start=1)}
"""Views by stream of the connector."""
BY_ENTRY: Mapping[str, View] = {view.entry_id: view for view in FORMS.values()}
