"""Why a value, a score or a line is not there: one sentence each, and what it is called in Chinese.

What is stored and travels (the fact's `state_reason`, a held line's reason) is the English sentence, which is also the
key of the table. Texts for people are made here, so that neither language shows inside the other.
"""

import re
from collections.abc import Callable
from typing import Literal

from orchestration.plans.model import Names

Language = Literal["zh", "en"]
STATES_ZH = {
    "ok": "有值",
    "missing": "数据缺失",
    "not_applicable": "不适用",
    "excluded": "已排除",
    "pending": "待填报",
    "zero_target": "目标为零",
}
STATES_EN = {
    "ok": "ok",
    "missing": "missing",
    "not_applicable": "does not apply",
    "excluded": "left out",
    "pending": "still due",
    "zero_target": "the target is zero",
}

REASONS: dict[str, str] = {
    # the mart of measured values
    "the period began before the history": "期间早于历史数据的起点",
    "not complete through the period: {what}": "数据尚未覆盖整个期间:{what}",
    "no target": "没有目标值",
    "nothing to divide by": "分母为零,无从计算",
    # values of a plan
    "no measurement for {what}": "{what} 没有测量值",
    "the measurement has no numerator": "测量值没有分子",
    "the denominator is zero": "分母为零,无从计算",
    "no value to compare with in {what}": "{what} 没有可比较的值",
    "not employed in {what}": "{what} 不在职",
    "division by zero": "除数为零",
    "no bonus base": "没有奖金基数",
    "the score is held": "得分暂缓",
    "the category is held": "该类得分暂缓",
    "the target is zero": "目标为零",
    "the target is negative; such a metric needs a curve of type points": "目标为负数,此类指标须使用按点插值的曲线",
    "the value is below the first tier": "数值低于第一档",
    "an inverse curve cannot read a negative value": "反向曲线不能读取负数",
    "the population is smaller than the plan asks for": "参与比较的人数少于方案要求",
    "not a metric of this plan": "不是本方案的指标",
    "not a raw value": "不是原始数值",
    "held by {what}: {why}": "由 {what} 暂缓:{why}",
    # people and money
    "missing on {what}": "{what} 没有记录",
    "not in {what}, the currency of the plan": "币种不是方案的币种 {what}",
    "no accumulated of the period before": "没有上一期的累计额",
    "no draw_owed of the period before": "没有上一期的预支余额",
    "no cap_rest of the period before": "没有上一期的上限余额",
    "no plan_rest of the period before": "没有上一期的方案上限余额",
    "no paid_in_year of the period before": "没有本年此前已发金额",
    "no paid_at of {what}": "没有 {what} 的已发金额,无法按原费率追回",
    "no score": "没有得分",
    "the plan does not say whether leave of type {what} counts": "假期 {what} 是否计入天数,方案未规定",
    "the pool waits for held lines of {what} people": "奖金池等待 {what} 人的暂缓行",
    "{what} cannot stand in a machine file: {why}; correct it at its source": (
        "{what} 不能写入机器文件({why}),请在源头更正"
    ),
}
"""English sentence with its place holders -> Chinese."""

_PART = re.compile(r"(?P<name>[^():;]+): (?P<state>[a-z_]+) \((?P<reason>.*)\)", re.DOTALL)
_NAMED = {"bonus base": Names("奖金基数", "bonus base"), "target": Names("目标", "target")}


def _compiled(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    places = [f"(?P<{text}>.+?)" if at % 2 else re.escape(text) for at, text in enumerate(parts)]
    return re.compile("".join(places), re.DOTALL)


_TABLE = tuple((_compiled(english), chinese) for english, chinese in REASONS.items())


def is_known(reason: str) -> bool:
    """Whether the table has the sentence."""
    return not reason or any(pattern.fullmatch(reason) for pattern, _ in _TABLE)


def without_value(name: str, state: str, reason: str) -> str:
    """The stored form of "this name has no value": `win_rate: missing (no measurement for 2026-10)`."""
    return f"{name}: {state} ({reason})"


def both(names: Names) -> str:
    """The stored form of a reason that a plan words in both languages."""
    return f"{names.zh} / {names.en}"


def reason_text(reason: str, language: Language, names_of: Callable[[str], Names | None] = _NAMED.get) -> str:
    """A stored reason for people: several joined by `; `, each with the names they know.

    What the table does not have (free text of a plan or a file) is given as it is.
    """
    parts = [reason] if is_known(reason) else _split(reason)
    return (";" if language == "zh" else "; ").join(_one(part, language, names_of) for part in parts)


def state_text(state: str, language: Language) -> str:
    """What a state of a value is called."""
    return (STATES_ZH if language == "zh" else STATES_EN).get(state, state)


def _one(part: str, language: Language, names_of: Callable[[str], Names | None]) -> str:
    match = _PART.fullmatch(part)
    if match and (match["state"] in STATES_ZH):
        name = _name(match["name"], language, names_of)
        why = reason_text(match["reason"], language, names_of)
        state = state_text(match["state"], language)
        return f"{name}:{state}({why})" if language == "zh" else f"{name}: {state} ({why})"
    for pattern, chinese in _TABLE:
        found = pattern.fullmatch(part)
        if found:
            return chinese.format(**found.groupdict()) if language == "zh" else part
    zh, slash, en = part.partition(" / ")
    return part if not slash else (zh if language == "zh" else en)


def _name(name: str, language: Language, names_of: Callable[[str], Names | None]) -> str:
    found = names_of(name) or names_of(name.removesuffix(".points")) or _NAMED.get(name)
    return name if found is None else getattr(found, language)


def _split(reason: str) -> list[str]:
    """Parts joined by `; ` outside parentheses: what stands inside belongs to one of them."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(reason):
        depth += (char == "(") - (char == ")")
        if depth == 0 and reason.startswith("; ", at):
            parts.append(reason[start:at])
            start = at + 2
    return [*parts, reason[start:]]
