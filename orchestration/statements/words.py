"""Every text of the pages, in Chinese and in English."""

from typing import Literal

Language = Literal["zh", "en"]

WORDS: dict[str, tuple[str, str]] = {
    "title": ("绩效与奖金说明", "Performance and pay statement"),
    "employee": ("员工编号", "Employee"),
    "period": ("考核期间", "Period"),
    "pay_month": ("发放月份", "Paid in"),
    "stand": ("状态", "Status"),
    "stand_final": ("已审批", "approved"),
    "stand_draft": ("已计算,待审批", "calculated, not approved yet"),
    "stand_open": ("暂估", "provisional"),
    "note_open": (
        (
            "暂估:本期尚未结束或尚未结算。以下数字来自夜间数据,之后仍会变化,不作为发放依据;"
            "以前各期的更正在结算时另行计入。"
        ),
        (
            "Provisional: the period is still open. The numbers come from the nightly data and will change; "
            "they are no "
            "claim to payment. Corrections of earlier periods are added at the close."
        ),
    ),
    "note_draft": (
        "草稿:本期已计算但尚未审批,金额仍可能变化。",
        "Draft: the period is calculated and not approved yet; amounts may change.",
    ),
    "measured_on": ("数字最近一次变化的业务日:{day}", "Business day of the last change: {day}"),
    "score": ("绩效总分", "Total score"),
    "rating": ("评级", "Rating"),
    "base": ("奖金基数", "Bonus base"),
    "earned": ("本期应得", "Earned in the period"),
    "adjusted": ("更正与其他", "Corrections and others"),
    "total": ("应发合计(税前)", "Gross total"),
    "held": ("暂缓", "held"),
    "held_title": ("暂缓发放", "Held"),
    "held_note": (
        "以下金额在原因消除前不发放;其他人员照常发放。",
        "These amounts wait until their reason is cleared; other people are paid.",
    ),
    "reason": ("原因", "Reason"),
    "walk_title": ("从基数到应发合计", "From the base to the total"),
    "walk_note": ("单位:元。各步相加等于应发合计,精确到分。", "In yuan. The steps add up to the total, to the fen."),
    "step": ("步骤", "Step"),
    "amount": ("金额(元)", "Amount (yuan)"),
    "chart": ("图示", "Chart"),
    "lines_title": ("发放明细", "Lines"),
    "component": ("项目", "Component"),
    "pay_item": ("工资项", "Pay item"),
    "origin": ("所属期", "Earned in"),
    "line_id": ("行号", "Line"),
    "kind_regular": ("本期", "this period"),
    "kind_adjustment": ("更正", "correction"),
    "kind_manual": ("人工调整", "manual adjustment"),
    "kind_carry_in": ("扣回结转", "balance taken back"),
    "kind_carry_out": ("结转下期", "carried forward"),
    "kind_deduction": ("扣款项", "deduction"),
    "adjustments_title": ("更正与人工调整", "Corrections and manual adjustments"),
    "adjustment_note": (
        "已审批的期间不再改动;之后变化的数据在此更正,金额为重算结果减去已发金额。",
        (
            "An approved period never changes; what changed later is settled here: the amount computed "
            "again less what was "
            "already given."
        ),
    ),
    "negative_net": ("净额为负", "negative net"),
    "before": ("原计算", "Before"),
    "after": ("重算", "Now"),
    "no_change_told": ("依据见更正批次的证据文件", "see the evidence of the correcting run"),
    "score_title": ("得分", "Scores"),
    "seat": ("岗位", "Seat"),
    "plan": ("方案", "Plan"),
    "plan_version": ("第 {version} 版", "version {version}"),
    "days": ("{start} 至 {end}", "{start} to {end}"),
    "weight": ("权重", "Weight"),
    "metric": ("指标", "Metric"),
    "target": ("目标", "Target"),
    "actual": ("实际", "Actual"),
    "parts": ("分子 / 分母", "Numerator / denominator"),
    "points": ("得分", "Points"),
    "state": ("状态", "State"),
    "pilot": ("试点,不计分", "pilot, not counted"),
    "of": ("{subject} 的数值", "value of {subject}"),
    "category_score": ("{category} 得分", "{category}: score"),
    "rules_title": ("扣分、加分与门槛", "Deductions, bonus points and gates"),
    "records": ("依据记录", "Records"),
    "curve_title": ("{name}:数值与得分", "{name}: value and points"),
    "curve_note": ("曲线为加考试分与门槛之前的得分。", "Curves show points before training and gates."),
    "you": ("本人", "you"),
    "steps_title": ("距离下一档", "Distance to the next step"),
    "steps_note": (
        "由计算引擎按改变后的数值重新计算,其他数值不变。",
        "Computed by the engine with the changed value, everything else left as it is.",
    ),
    "next_value": ("下一档", "Next step"),
    "lacks": ("还需", "Needed"),
    "gain_points": ("总分变化", "Total score"),
    "gain_yuan": ("金额变化(元)", "Amount (yuan)"),
    "highest": ("没有更高一档", "no further step"),
    "no_steps": ("没有可计算的下一档。", "No next step can be computed."),
    "trend_title": ("近 12 期趋势", "Trend of 12 periods"),
    "trend_pay": ("应发合计(元)", "gross total (yuan)"),
    "trend_score": ("绩效总分", "total score"),
    "dispute_title": ("如有异议", "If you disagree"),
    "dispute_final": (
        (
            "请把行号和理由告诉人力资源部,由其登记并给出答复;异议期间该行标记为有异议。"
            "异议成立的,差额作为更正计入未结算的期间,本说明不变。"
        ),
        (
            "Tell HR the line and your reason. It is recorded and answered; meanwhile the line is marked as "
            "disputed. If you "
            "are right, the difference becomes a correction in the open period; this statement stays as it is."
        ),
    ),
    "dispute_open": (
        "数字有误时请尽早告诉主管或人力资源部:结算前在来源系统更正的数据会自动进入本期。",
        (
            "If a number is wrong, tell your manager or HR early: what is corrected in its source before "
            "the close enters "
            "this period by itself."
        ),
    ),
    "footer": (
        "税前金额。个人所得税、社会保险与实发金额由薪资系统计算。规则依据:{plans}。",
        "Gross amounts. Income tax, social insurance and net pay are payroll's. Rules: {plans}.",
    ),
    # managers
    "team_title": ("团队绩效与奖金一览", "Team performance and pay"),
    "team": ("团队", "Team"),
    "people": ("人数", "People"),
    "compare_title": ("按方案比较各指标得分", "Points of every metric, by plan"),
    "sum": ("合计", "Sum"),
    "team_note": (
        "人员按考核期间最后一天(离职者按最后在岗日)的汇报关系列出;金额与个人说明一致。",
        (
            "People by their reporting line on the last day of the period (leavers: their last day in it); "
            "the amounts are "
            "those of the personal statements."
        ),
    ),
}


def text(key: str, language: Language, **values: object) -> str:
    """One text with its values."""
    zh, en = WORDS[key]
    return (zh if language == "zh" else en).format(**values)
