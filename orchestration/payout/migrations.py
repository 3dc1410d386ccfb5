"""How a database comes to have the ledger's tables: numbered steps forward, each once, recorded in `ledger_schema`.

A released step is never edited and there is no way back: a wrong one is put right by the next. A new table is added to
`schema.py` (and to its `RECORDED`) and gets a step of its own at the end of `_STEPS`.
"""

from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, Table, inspect, select

from orchestration.payout import schema
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.schema import ledger_schema, metadata


def migrate(connection: Connection, *, until: int | None = None) -> list[str]:
    """Bring the schema up to date inside the caller's transaction; gives the names of what was applied.

    `until` stops after that step: for reading what an older version wrote. Raises `PayoutRefused` for a ledger that
    a newer program has written.
    """
    ledger_schema.create(connection, checkfirst=True)
    done = _done(connection)
    _refuse_newer(done)
    applied = []
    for version, (name, step) in enumerate(_STEPS[:until], start=1):
        if version not in done:
            step(connection)
            connection.execute(ledger_schema.insert().values(version=version, name=name))
            applied.append(name)
    return applied


def is_current(connection: Connection) -> bool:
    """Whether every step was applied; a look that takes no write lock. Raises `PayoutRefused` as `migrate` does."""
    if not inspect(connection).has_table(ledger_schema.name):
        return False
    done = _done(connection)
    _refuse_newer(done)
    return done >= set(range(1, len(_STEPS) + 1))


def current_version() -> int:
    """The number of the last step."""
    return len(_STEPS)


def _done(connection: Connection) -> set[int]:
    return {version for (version,) in connection.execute(select(ledger_schema.c.version))}


def _refuse_newer(done: set[int]) -> None:
    if done and max(done) > len(_STEPS):
        raise PayoutRefused(
            f"the ledger has schema {max(done)}, this program knows {len(_STEPS)}; install the program that wrote it"
        )


# What the first step made; a table that came later has a step of its own.
_FIRST = (
    schema.gate_results,
    schema.calculations,
    schema.runs,
    schema.payout_lines,
    schema.held_lines,
    schema.run_events,
    schema.manual_adjustments,
)


def _create_tables(connection: Connection) -> None:
    metadata.create_all(connection, tables=[*_FIRST, schema.audit_log, ledger_schema], checkfirst=True)


def _forbid_changes(connection: Connection) -> None:
    _make_append_only(connection, (*_FIRST, schema.audit_log, ledger_schema))


def _add(connection: Connection, *, tables: tuple[Table, ...]) -> None:
    metadata.create_all(connection, tables=list(tables))
    _make_append_only(connection, tables)


def _step(name: str, *tables: Table) -> tuple[str, Callable[[Connection], None]]:
    return name, partial(_add, tables=tables)


def _make_append_only(connection: Connection, tables: tuple[Table, ...]) -> None:
    if connection.dialect.name == "postgresql":
        _make_append_only_postgresql(connection, tables)
    else:
        _make_append_only_sqlite(connection, tables)


def _make_append_only_sqlite(connection: Connection, tables: tuple[Table, ...]) -> None:
    for table in tables:
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name} "
                f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: {table.name} refuses {verb}'); END"
            )
        # INSERT OR REPLACE deletes without firing the delete trigger, so an existing key is refused before it.
        same_key = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key.columns)
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table.name}_no_replace BEFORE INSERT ON {table.name} "
            f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {same_key}) "
            f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in {table.name}'); END"
        )


def _make_append_only_postgresql(connection: Connection, tables: tuple[Table, ...]) -> None:
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'the ledger is append-only: %% refuses %%', TG_TABLE_NAME, TG_OP; END $$"
    )
    for table in tables:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table.name}_append_only BEFORE UPDATE OR DELETE ON {table.name} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_append_only()"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table.name}_no_truncate BEFORE TRUNCATE ON {table.name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
        )


_STEPS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("tables of the ledger", _create_tables),
    ("append-only by trigger", _forbid_changes),
    _step("findings of the gate that a person accepted", schema.gate_waivers),
    _step(
        "references and signatures of approvals, holds, disputes, limits of deductions, erasures, purges",
        schema.approval_evidence,
        schema.line_holds,
        schema.disputes,
        schema.dispute_answers,
        schema.deduction_limits,
        schema.erasures,
        schema.purges,
    ),
    _step(
        "exported files, deliveries, payroll's acknowledgements",
        schema.exported_files,
        schema.deliveries,
        schema.acknowledgements,
        schema.acknowledged_lines,
    ),
)
