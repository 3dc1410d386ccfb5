"""Scoring 30 metrics of many people over 12 months, against reading the Parquet of the measurements.

One file a month: the columns of the KPI fact, exact decimals, sorted by employee and metric in row groups of some
thousand people, which are read and scored one after the other. The plan has linear, inverse, stepped and piecewise
curves with caps, deductions for missed thresholds, a score and one payout line, rounded to the fen. Run as
`python -m benchmarks.scoring prepare|floor|bulk|trace|pandas|rows`, with BENCHMARK_HOME a folder and BENCHMARK_PEOPLE a
number. Every way prints the sum of all fen; `rows` takes one person of a hundred.
"""

import os
import sys
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

METRICS, MONTHS, SAMPLE, PART = 30, 12, 100, 10_000
KINDS = ("linear", "inverse", "step", "points")
COLUMNS = ["metric_id", "grain", "subject_id", "cadence", "period_start", "period_end"]
COLUMNS += ["numerator", "denominator", "target", "state"]
_TEXTS = ["metric_id", "grain", "subject_id", "cadence", "state"]
_BASE_FEN = 800_000


def prepare() -> str:
    """Write twelve months of values: ratios, some of them exactly on a threshold."""
    from orchestration.periods import Period  # noqa: PLC0415

    people = _people()
    chance = np.random.default_rng(7)
    for month in range(1, MONTHS + 1):
        period = Period.parse(f"2026-{month:02d}")
        with pq.ParquetWriter(_file(month), _empty(period.start, period.end).schema, compression="zstd") as writer:
            for start in range(0, people, PART):
                table = _values(chance, range(start, min(start + PART, people)), period.start, period.end)
                writer.write_table(table, row_group_size=table.num_rows)
    return f"{people * METRICS * MONTHS} rows, {sum(_file(month).stat().st_size for month in range(1, 13)) >> 20} MB"


def floor() -> str:
    """Read the columns that scoring reads; nothing else."""
    return str(sum(table.num_rows for _, _, table in _tables()))


def bulk(*, with_trace: bool = False) -> str:
    """The set-based engine; with its trace written as Parquet."""
    from orchestration.periods import Period  # noqa: PLC0415
    from orchestration.plans import bundle_from_files  # noqa: PLC0415
    from orchestration.scoring.bulk import make_roster, score_in_bulk  # noqa: PLC0415
    from orchestration.scoring.inputs import Assignment, BonusBase, ScoringInputs  # noqa: PLC0415

    since, numbers = date(2025, 1, 1), [f"E{number:06d}" for number in range(_people())]
    base = Decimal(_BASE_FEN) / 100
    seats = tuple(Assignment(no, since, None, "D", "T", "P", None) for no in numbers)
    bases = tuple(BonusBase(no, since, None, base, "CNY", "X", "G", "C") for no in numbers)
    roster, bundle = make_roster(ScoringInputs((), seats, bases, (), ())), bundle_from_files(_plan_files())
    parts = [roster.part(start, start + PART) for start in range(0, len(numbers), PART)]
    total = doubt = 0
    for month, part, table in _tables():
        result = score_in_bulk(bundle, Period.parse(f"2026-{month:02d}"), table, parts[part], with_trace=with_trace)
        assert not result.reasons, result.reasons
        assert not result.plain.scores
        total += sum(int(line.amount_fen.sum()) for line in result.lines)
        doubt += result.in_doubt
        for number, traced in enumerate(result.trace):
            pq.write_table(
                traced, _home() / f"trace-{month:02d}-{part}-{number}.parquet", compression="lz4", use_dictionary=False
            )
    return f"{doubt} person-months calculated on fractions, total {total}"


def with_pandas() -> str:
    """Vectorised in binary floats: fast, and not exact."""
    total = 0
    for month in range(1, MONTHS + 1):
        frame = pq.read_table(_file(month), columns=["metric_id", "subject_id", "numerator", "denominator"]).to_pandas()
        attained = frame["numerator"].astype(float) / frame["denominator"].astype(float)
        number = frame["metric_id"].astype(str).str[1:].astype(int)
        kind = number % len(KINDS)
        points = np.select(
            [kind == 0, kind == 1, kind == 2],
            [
                np.where(attained < 0.6, 0.0, 100 * attained),
                100 / attained,
                np.select([attained < 0.5, attained < 0.8, attained < 1.0], [0.0, 60.0, 90.0], 110.0),
            ],
            np.interp(attained, [0, 0.8, 1, 1.5], [0, 60, 100, 120]),
        )
        frame = frame.assign(weighted=np.clip(points, 0, 120) / METRICS, missed=(number < 2) & (attained < 0.95))
        people = frame.groupby("subject_id", observed=True)[["weighted", "missed"]].sum()
        score = np.maximum(people["weighted"] - np.minimum(people["missed"] * 3, people["weighted"] * 0.6), 0)
        total += int(np.floor(np.minimum(_BASE_FEN * score / 100, 2 * _BASE_FEN) + 0.5).sum())
    return f"total {total}"


def with_rows() -> str:
    """A function per person with exact decimals: one person of a hundred."""
    total = 0
    wanted = [f"E{number:06d}" for number in range(0, _people(), SAMPLE)]
    for month in range(1, MONTHS + 1):
        table = pq.read_table(
            _file(month),
            columns=["metric_id", "subject_id", "numerator", "denominator"],
            filters=[("subject_id", "in", wanted)],
        )
        frame = table.to_pandas()
        frame["subject_id"] = frame["subject_id"].astype(str)
        total += int(frame.groupby("subject_id")[["metric_id", "numerator", "denominator"]].apply(_person_fen).sum())
    return f"total {total}"


def _person_fen(rows) -> int:
    weighted, missed = Decimal(0), 0
    for metric_id, numerator, denominator in rows.itertuples(index=False):
        number, attained = int(metric_id[1:]), numerator / denominator
        missed += number < 2 and attained < Decimal("0.95")
        weighted += min(_points(KINDS[number % len(KINDS)], attained), Decimal(120)) / METRICS
    score = max(weighted - min(Decimal(3 * missed), weighted * Decimal("0.6")), Decimal(0))
    return int(min(_BASE_FEN * score / 100, Decimal(2 * _BASE_FEN)).quantize(Decimal(1), ROUND_HALF_UP))


def _points(kind: str, attained: Decimal) -> Decimal:
    match kind:
        case "linear":
            return Decimal(0) if attained < Decimal("0.6") else 100 * attained
        case "inverse":
            return 100 / attained
        case "step":
            edges = ((Decimal("0.5"), 0), (Decimal("0.8"), 60), (Decimal(1), 90))
            return Decimal(next((points for edge, points in edges if attained < edge), 110))
        case _:
            pairs = [(Decimal(0), 0), (Decimal("0.8"), 60), (Decimal(1), 100), (Decimal("1.5"), 120)]
            for (x0, y0), (x1, y1) in pairwise(pairs):
                if attained <= x1:
                    return y0 + (y1 - y0) * (attained - x0) / (x1 - x0)
            return Decimal(120)


def _plan_files() -> dict[str, str]:
    curves = {
        "linear": "{type: linear, min_attainment: 60%}",
        "inverse": "{type: inverse, method: ratio}",
        "step": "{type: step, at_edge: upper, tiers: [[null, 50%, 0], [50%, 80%, 60], [80%, 1, 90], [1, null, 110]]}",
        "points": "{type: points, points: [[0, 0], [0.8, 60], [1, 100], [1.5, 120]], below: hold, above: hold}",
    }
    metrics = [
        f"  m{number:02d}: {{category: all, weight: 100/{METRICS}, cap: 120, target: 100%, curve: {curves[kind]}}}"
        for number in range(METRICS)
        for kind in [KINDS[number % len(KINDS)]]
    ]
    plan = [
        *("plan: bench", "version: 1", "name: {zh: 测, en: Bench}", "effective: {from: 2025-01-01}"),
        *("period: month", "currency: CNY", "weight_basis: category"),
        "categories: {all: {name: {zh: 全, en: All}, weight: 100, max_deduction: 60%}}",
        *("metrics:", *metrics, "deductions:"),
        *(f'  - {{category: all, when: "m{number:02d} < 95%", points: 3}}' for number in range(2)),
        *("payout:", "  base: {kind: fixed_base}", "  cap: 2 * base", "  components:"),
        '    - {id: pay, name: {zh: 奖, en: Pay}, pay_item: P, formula: "base * score / 100"}',
        "rating: {at_edge: upper, bands: {A: 90, B: 80, C: 70, D: 0}}",
        "proration: {basis: calendar_days, apply_to: [target, base]}",
    ]
    entries = [
        f"  - {{id: m{number:02d}, name_zh: 指标, name_en: Metric, unit: ratio, denominator: b, "
        "on_zero_denominator: not_applicable}"
        for number in range(METRICS)
    ]
    return {
        "catalogue.yaml": "\n".join(["metrics:", *entries]) + "\n",
        "assignments.yaml": "- {plan: bench, position: P, from: 2025-01-01, to: null}\n",
        "plans/bench/v1.yaml": "\n".join(plan) + "\n",
    }


def _tables() -> Iterator[tuple[int, int, pa.Table]]:
    """Month, number of the part and its rows, texts as dictionaries."""
    for month in range(1, MONTHS + 1):
        with pq.ParquetFile(_file(month), read_dictionary=_TEXTS) as file:
            for part in range(file.num_row_groups):
                yield month, part, file.read_row_group(part, columns=COLUMNS)


def _empty(start: date, end: date) -> pa.Table:
    return _values(np.random.default_rng(0), range(0), start, end)


def _values(chance: np.random.Generator, people: range, start: date, end: date) -> pa.Table:
    rows = len(people) * METRICS
    whole = chance.integers(1, 1000, rows)
    metrics = pa.array([f"m{number:02d}" for number in range(METRICS)])
    names = pa.array([f"E{number:06d}" for number in people], pa.string())
    return pa.table(
        {
            "metric_id": _coded(np.tile(np.arange(METRICS), len(people)), metrics),
            "grain": _coded(np.zeros(rows), pa.array(["employee"])),
            "subject_id": _coded(np.repeat(np.arange(len(people)), METRICS), names),
            "cadence": _coded(np.zeros(rows), pa.array(["month"])),
            "period_start": pa.array(np.full(rows, _day(start)), pa.int32()).cast(pa.date32()),
            "period_end": pa.array(np.full(rows, _day(end)), pa.int32()).cast(pa.date32()),
            "numerator": _decimals(whole * chance.integers(20, 151, rows) * 10_000),
            "denominator": _decimals(whole * 1_000_000),
            "target": pa.nulls(rows, pa.decimal128(38, 6)),
            "state": _coded(np.zeros(rows), pa.array(["ok"])),
        }
    )


def _coded(codes: np.ndarray, texts: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), texts)


def _decimals(millionths: np.ndarray) -> pa.Array:
    words = np.empty(2 * len(millionths), np.int64)
    words[0::2], words[1::2] = millionths, millionths >> 63
    return pa.Array.from_buffers(pa.decimal128(38, 6), len(millionths), [None, pa.py_buffer(words)])


def _day(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def _people() -> int:
    return int(os.environ["BENCHMARK_PEOPLE"])


def _home() -> Path:
    return Path(os.environ["BENCHMARK_HOME"])


def _file(month: int) -> Path:
    return _home() / f"measurements-{month:02d}.parquet"


if __name__ == "__main__":
    ways = {"prepare": prepare, "floor": floor, "bulk": bulk, "trace": lambda: bulk(with_trace=True)}
    print((ways | {"pandas": with_pandas, "rows": with_rows})[sys.argv[1]]())
