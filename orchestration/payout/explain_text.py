"""An explanation as people read it: sentences with the arithmetic in Chinese or English, a table, or JSON.

The text alone is enough to compute the amount again: every number a step uses is given exactly where it first
appears.
"""

from fractions import Fraction
from typing import Any

from orchestration.payout.canonical import canonical_json
from orchestration.payout.disputes import Dispute
from orchestration.payout.explain import ExplainedLine, Explanation, Language, MeasuredValue
from orchestration.payout.measurements import exact_text
from orchestration.payout.rounding import FEN_PER_YUAN, yuan_text
from orchestration.plans.quantities import decimal_text
from orchestration.scoring.reasons import reason_text

_MAX_RECORDS = 30

_WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "head": "{employee} {period} 发放说明:共 {count} 笔,税前应发合计 {total} 元",
        "line": "{number}. {component}(工资项 {item},所属期 {origin},批次 {run} 第 {revision} 版,{state}):{amount} 元",
        "id": "行号 {id},发放主体 {payer},成本中心 {cost_centre}",
        "steps": "计算过程:",
        "round": "精确金额 {exact} 元,四舍五入到分 = {amount} 元",
        "pooled": "精确金额 {exact} 元,按最大余数法与同组各行一起取整 = {amount} 元",
        "now": "按现有数据重算 {origin}:{now} 元",
        "was": "已发 {run} 行号 {id}:{amount} 元",
        "diff": "本次调整 = {sum} = {amount} 元",
        "sources": "数据来源:",
        "measure": "{metric}({grain} {subject},{period})= {value}",
        "record": "{on} {system}/{stream} 记录 {key}:{value}(装载 {load})",
        "more": "另有 {count} 条记录",
        "held": "暂缓发放 {component}:{reason}",
        "dispute": "异议 {id}({component},{state}):{reason}",
        "dispute_answer": "答复({by}):{answer}",
        "open": "待答复",
        "accepted": "已采纳",
        "rejected": "未采纳",
        "withdrawn": "已撤回",
        "carry_out": "本期净额为负,{amount} 元结转至下期",
        "carry_in": "扣回以前结转的负数余额",
        "deduction": "本期净额为负,列为扣款项",
        "manual": "人工调整({reason})",
        "calculated": "已计算",
        "reviewed": "已复核",
        "approved": "已审批",
        "locked": "已锁定",
        "exported": "已导出",
        "paid": "已发放",
    },
    "en": {
        "head": "{employee} {period}: {count} lines, gross total {total} yuan",
        "line": "{number}. {component} (pay item {item}, earned in {origin}, run {run} revision {revision}, {state}): "
        "{amount} yuan",
        "id": "line {id}, payer {payer}, cost centre {cost_centre}",
        "steps": "How it was computed:",
        "round": "exact amount {exact}, rounded half away from zero to the fen = {amount}",
        "pooled": "exact amount {exact}, rounded with the lines that share its total by largest remainder = {amount}",
        "now": "{origin} computed again from today's data: {now}",
        "was": "already given by {run}, line {id}: {amount}",
        "diff": "this adjustment = {sum} = {amount}",
        "sources": "Where the numbers come from:",
        "measure": "{metric} ({grain} {subject}, {period}) = {value}",
        "record": "{on} {system}/{stream} record {key}: {value} (load {load})",
        "more": "and {count} more records",
        "held": "held: {component}: {reason}",
        "dispute": "dispute {id} ({component}, {state}): {reason}",
        "dispute_answer": "answer of {by}: {answer}",
        "open": "not answered yet",
        "accepted": "accepted",
        "rejected": "rejected",
        "withdrawn": "withdrawn",
        "carry_out": "the net is negative, {amount} is carried to the next run",
        "carry_in": "a negative balance of earlier runs is taken back",
        "deduction": "the net is negative and shown as a deduction",
        "manual": "manual adjustment ({reason})",
        "calculated": "calculated",
        "reviewed": "reviewed",
        "approved": "approved",
        "locked": "locked",
        "exported": "exported",
        "paid": "paid",
    },
}


def as_text(explanation: Explanation, *, max_records: int = _MAX_RECORDS) -> str:
    """The explanation in sentences; at most `max_records` source records of each measurement are listed."""
    words = _words(explanation)
    lines = [
        words["head"].format(
            employee=explanation.employee_no,
            period=explanation.period,
            count=len(explanation.lines),
            total=yuan_text(explanation.total_fen),
        )
    ]
    for number, each in enumerate(explanation.lines, start=1):
        lines += ["", *_line_text(each, number, words, max_records)]
    lines += [
        "",
        *(
            words["held"].format(component=row.component, reason=reason_text(row.reason, explanation.language))
            for row in explanation.held
        ),
        *(text for each in explanation.disputes for text in _dispute_text(each, words)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def as_table(explanation: Explanation) -> list[dict[str, str]]:
    """One row per line and step: line_id, step, node, text, value, unit, parameter."""
    return [
        {
            "line_id": each.line.line_id,
            "component": each.line.component,
            "amount": yuan_text(each.line.amount_fen),
            "step": str(step.number),
            "node": step.node,
            "text": step.text,
            "value": step.value or "",
            "unit": step.unit,
            "parameter": step.parameter,
        }
        for each in explanation.lines
        for step in each.steps
    ]


def as_json(explanation: Explanation) -> str:
    """Everything, exact numbers as text, canonical."""
    return canonical_json(
        {
            "period": explanation.period,
            "employee_no": explanation.employee_no,
            "total_fen": explanation.total_fen,
            "lines": [_line_json(each) for each in explanation.lines],
            "held": [{"component": row.component, "reason": row.reason} for row in explanation.held],
            "disputes": [_dispute_json(each) for each in explanation.disputes],
        }
    )


def _dispute_text(dispute: Dispute, words: dict[str, str]) -> list[str]:
    told = {"id": dispute.dispute_id, "component": dispute.component, "reason": dispute.reason}
    texts = [words["dispute"].format(state=words[dispute.state], **told)]
    if dispute.answer:
        texts.append("   " + words["dispute_answer"].format(by=dispute.answered_by, answer=dispute.answer))
    return texts


def _words(explanation: Explanation) -> dict[str, str]:
    """The phrases, in the currency that the lines are paid in."""
    words = _WORDS[explanation.language]
    currency = next((each.line.currency for each in explanation.lines), "CNY")
    if currency == "CNY":
        return words
    unit = {"yuan": currency, "元": currency, "the fen": "the cent", "到分": "到最小货币单位"}
    for ours, theirs in unit.items():
        words = {name: text.replace(ours, theirs) for name, text in words.items()}
    return words


def _line_text(each: ExplainedLine, number: int, words: dict[str, str], max_records: int) -> list[str]:
    line, amount = each.line, yuan_text(each.line.amount_fen)
    lines = [
        words["line"].format(
            number=number,
            component=line.component,
            item=line.pay_item_code,
            origin=line.origin_period,
            run=line.run,
            revision=line.revision,
            state=words[each.state],
            amount=amount,
        ),
        "   " + words["id"].format(id=line.line_id, payer=line.payer_entity, cost_centre=line.cost_centre),
    ]
    if line.kind in {"carry_out", "carry_in", "deduction", "manual"}:
        return [*lines, "   " + words[line.kind].format(amount=amount, reason=line.reason)]
    if each.steps:
        lines.append("   " + words["steps"])
        lines += [f"   [{step.number}] {step.text}" for step in each.steps]
    lines += [f"   {text}" for text in _settled(each, words)]
    if each.measured:
        lines.append("   " + words["sources"])
        for value in each.measured:
            lines += [f"   {text}" for text in _measured_text(value, words, max_records)]
    return lines


def _settled(each: ExplainedLine, words: dict[str, str]) -> list[str]:
    """From the exact amount to the line's: rounding, and for an adjustment what was already given."""
    line = each.line
    before = sum(other.amount_fen for other in each.earlier)
    now = line.amount_fen + before if line.kind == "adjustment" else line.amount_fen
    texts = []
    if each.exact is not None:
        is_alone = abs(Fraction(now, FEN_PER_YUAN) - each.exact) * 2 * FEN_PER_YUAN <= 1
        rule = "round" if is_alone else "pooled"
        texts.append(words[rule].format(exact=decimal_text(each.exact), amount=yuan_text(now)))
    if line.kind == "adjustment":
        texts.append(words["now"].format(origin=line.origin_period, now=yuan_text(now)))
        texts += [
            words["was"].format(run=other.run, id=other.line_id, amount=yuan_text(other.amount_fen))
            for other in each.earlier
        ]
        terms = " - ".join([yuan_text(now), *(f"({yuan_text(other.amount_fen)})" for other in each.earlier)])
        texts.append(words["diff"].format(sum=terms, amount=yuan_text(line.amount_fen)))
    return texts


def _measured_text(value: MeasuredValue, words: dict[str, str], max_records: int) -> list[str]:
    lines = [
        "- "
        + words["measure"].format(
            metric=value.metric_id,
            grain=value.grain,
            subject=value.subject_id,
            period=value.period,
            value=_parts(value.numerator, value.denominator),
        )
    ]
    for record in value.records[:max_records]:
        text = words["record"].format(
            on=record.occurred_on.isoformat(),
            system=record.source_system,
            stream=record.source_stream,
            key=record.source_key,
            value=_parts(record.numerator, record.denominator),
            load=record.load_id,
        )
        lines.append(f"    {text}")
    if len(value.records) > max_records:
        lines.append("    " + words["more"].format(count=len(value.records) - max_records))
    return lines


def _parts(numerator: Any, denominator: Any) -> str:
    if numerator is None:
        return "-" if denominator is None else f"- / {exact_text(denominator)}"
    return exact_text(numerator) if denominator is None else f"{exact_text(numerator)} / {exact_text(denominator)}"


def _dispute_json(dispute: Dispute) -> dict[str, str]:
    names = ("dispute_id", "component", "line_id", "state", "reason", "answer", "adjustment_id")
    return {name: getattr(dispute, name) for name in names}


def _line_json(each: ExplainedLine) -> dict[str, Any]:
    line = each.line
    return {
        **line.content,
        "line_id": line.line_id,
        "revision": line.revision,
        "state": each.state,
        "dispute": each.dispute.state if each.dispute else "",
        "exact": None if each.exact is None else str(each.exact),
        "steps": [{name: getattr(step, name) for name in type(step).__slots__} for step in each.steps],
        "earlier": [
            {"line_id": other.line_id, "run": str(other.run), "fen": other.amount_fen} for other in each.earlier
        ],
        "measured": [
            {
                "metric_id": value.metric_id,
                "grain": value.grain,
                "subject_id": value.subject_id,
                "period": value.period,
                "numerator": None if value.numerator is None else exact_text(value.numerator),
                "denominator": None if value.denominator is None else exact_text(value.denominator),
                "records": [
                    {
                        "occurred_on": record.occurred_on.isoformat(),
                        "source": record.source_system,
                        "stream": record.source_stream,
                        "key": record.source_key,
                        "load_id": record.load_id,
                        "numerator": None if record.numerator is None else exact_text(record.numerator),
                        "denominator": None if record.denominator is None else exact_text(record.denominator),
                    }
                    for record in value.records
                ],
            }
            for value in each.measured
        ],
    }
