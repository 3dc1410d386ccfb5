"""The dictionary as one HTML page a language: no network, no script, readable on paper."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.dictionary.model import Dictionary, Language

_WORDS = {
    "zh": {
        "title": "数据字典", "tables": "数据表", "metrics": "指标", "column": "字段", "type": "类型", "meaning": "含义",
        "required": "必填", "key": "主键", "refers_to": "关联", "owner": "负责部门", "built_from": "来源表",
        "note": "比率以分子、分母两列存放:先求和,再相除。只有状态为 ok 的数值可用。",
    },
    "en": {
        "title": "Data dictionary", "tables": "Tables", "metrics": "Metrics", "column": "Column", "type": "Type",
        "meaning": "Meaning", "required": "required", "key": "key", "refers_to": "refers to", "owner": "Owner",
        "built_from": "Built from",
        "note": "A ratio is two columns: add up numerator and denominator, then divide. Only state ok has numbers.",
    },
}  # fmt: skip


def render_page(dictionary: Dictionary, language: Language) -> str:
    """The page as text; the same dictionary gives the same bytes."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    template = environment.get_template("page.html.j2")
    return template.render(dictionary=dictionary, language=language, words=_WORDS[language])
