"""SQL of many loads of one stream at once: what loading them one after another gives, in a few statements.

A first night finds two years of monthly files; a dozen statements for each would cost more than their rows. Loads are
taken together only where no load of the group can delete what another one, or the table, holds (`groups`, `entangled`):
then the versions follow from the hashes alone.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate

import duckdb

from connectors.stream import LandedLoad, StreamSpec
from orchestration.warehouse.lines import body, key, lines, payload_field, texts
from orchestration.warehouse.literals import literal
from orchestration.warehouse.versions import Placed, count_of

_AT_ONCE = 500
_LARGEST = 50_000
"""Lines of the largest load that is worth grouping; beyond it the fixed cost of a load does not matter."""


def groups(loads: Sequence[LandedLoad], spec: StreamSpec) -> Iterator[list[LandedLoad]]:
    """Runs of loads that may be taken together, in order; a load that may not stands alone."""
    group: list[LandedLoad] = []
    for load in loads:
        if group and not _joins(group, load, spec):
            yield group
            group = []
        group.append(load)
    if group:
        yield group


def entangled(con: duckdb.DuckDBPyConnection, placed: Sequence[Placed]) -> bool:
    """Stage the lines' keys and hashes, and tell whether a load of this group might delete anything.

    It might where the table, or another load of the group, holds a record within a load's scope.
    """
    first = placed[0]
    starts = accumulate((it.landed.rows for it in placed), initial=0)
    described = ", ".join(_described(it, start) for it, start in zip(placed, starts, strict=False))
    field = _scope_field(first.landed)
    scoped = "null" if field is None else payload_field(field, of="line")
    con.execute(
        f"""create or replace temp table grouped_loads as
        select * from (values {described}) as described(
            load_seq, first_row, rows_landed, scope, load_id, extracted_at, window_start, window_end
        )"""
    )
    con.execute(
        f"""create or replace temp table grouped_lines as
        select load_seq, _row - first_row as _row, line_row, _key, _payload_hash, scoped
        from (
            select {key(first.spec)} as _key, md5(line) as _payload_hash, _row, _row as line_row, {scoped} as scoped
            from (select line, _row, {texts(first.spec)} as texts from ({lines([it.landed for it in placed])}))
        )
        left join temp.grouped_loads on _row >= first_row and _row < first_row + rows_landed"""
    )
    if field is None:
        return False
    within = "select scope from temp.grouped_loads"
    strangers = count_of(
        con,
        f"""select count(*) from temp.grouped_lines left join temp.grouped_loads using (load_seq)
        where scoped in ({within}) and scoped <> scope""",
    )
    return bool(strangers) or bool(
        con.execute(
            f"select 1 from {first.table} where _account = {first.account} and {payload_field(field)} in ({within}) "
            "limit 1"
        ).fetchone()
    )


def line_counts(con: duckdb.DuckDBPyConnection, placed: Sequence[Placed]) -> list[int]:
    """How many lines each load of the staged group has. Lines beyond what the manifests say count to the last."""
    found = dict(con.execute("select load_seq, count(*) from temp.grouped_lines group by load_seq").fetchall())
    counts = [found.get(it.load_seq, 0) for it in placed]
    counts[-1] += found.get(None, 0)
    return counts


def insert_group(con: duckdb.DuckDBPyConnection, placed: Sequence[Placed]) -> list[int]:
    """Insert the new versions of the staged group; returns how many each load brought."""
    first = placed[0]
    con.execute(
        f"""create or replace temp table grouped_fresh as
        with newest as (
            select load_seq, _key, max(_row) as _row, max(line_row) as line_row,
                arg_max(_payload_hash, _row) as _payload_hash
            from temp.grouped_lines group by load_seq, _key
        ),
        known as (
            select _key, arg_max(_payload_hash, _load_seq) as _payload_hash
            from {first.table}
            where _account = {first.account} and _key in (select _key from newest)
            group by _key
        ),
        in_order as (
            select newest.*,
                lag(newest._payload_hash, 1, known._payload_hash)
                    over (partition by newest._key order by newest.load_seq) as before
            from newest left join known using (_key)
        )
        select load_seq, _row, line_row, _key, _payload_hash
        from in_order where _payload_hash is distinct from before"""
    )
    con.execute(
        f"""insert into {first.table}
        select {body(first.spec)}, _key, _payload_hash, load_id, load_seq, _row,
            extracted_at, window_start, window_end, {first.account}, false
        from (
            select line, fresh.*, loaded.* exclude (load_seq), {texts(first.spec)} as texts
            from ({lines([it.landed for it in placed])}) as landed
            inner join temp.grouped_fresh as fresh on landed._row = fresh.line_row
            inner join temp.grouped_loads as loaded on fresh.load_seq = loaded.load_seq
        )"""
    )
    found = dict(con.execute("select load_seq, count(*) from temp.grouped_fresh group by load_seq").fetchall())
    return [found.get(it.load_seq, 0) for it in placed]


def forget_group(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what the functions above have staged."""
    for name in ("grouped_loads", "grouped_lines", "grouped_fresh"):
        con.execute(f"drop table if exists temp.{name}")


def _joins(group: Sequence[LandedLoad], load: LandedLoad, spec: StreamSpec) -> bool:
    if len(group) >= _AT_ONCE or spec.tombstones_of or spec.columns or load.account != group[0].account:
        return False
    return (
        all(_simple(it) for it in (group[-1], load))
        and _scope_field(load) == _scope_field(group[0])
        and (not load.scope or load.scope not in [it.scope for it in group])
    )


def _simple(load: LandedLoad) -> bool:
    if load.mode == "window" or load.full_scan or load.rows > _LARGEST:
        return False
    return len(load.scope) <= 1 and all(isinstance(value, str) for value in load.scope.values())


def _scope_field(load: LandedLoad) -> str | None:
    return next(iter(load.scope), None)


def _described(placed: Placed, first_row: int) -> str:
    landed = placed.landed
    scope = next(iter(landed.scope.values()), None)
    numbers = (placed.load_seq, first_row, landed.rows)
    instants = (landed.extracted_at, landed.window.start, landed.window.end)
    texts = (str(scope) if scope is not None else None, landed.load_id)
    return f"({', '.join(map(literal, (*numbers, *texts, *instants)))})"
