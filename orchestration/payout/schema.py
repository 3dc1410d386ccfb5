"""The ledger's tables, one schema for SQLite and PostgreSQL, append-only by trigger on both.

Amounts are BIGINT fen; moments are ISO 8601 text handed in by the caller, so that a row has one canonical form
wherever it is stored. `audit_seq` names the audit event that wrote a row, `row_hash` is sha256 over its other
columns. Migrations run in order, each once, recorded in `ledger_schema`; a released migration is never edited.
"""

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    inspect,
    select,
)

metadata = MetaData()

ledger_schema = Table("ledger_schema", metadata, Column("version", Integer, primary_key=True), Column("name", String))

audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)


def _recorded(name: str, *columns: Column | PrimaryKeyConstraint | ForeignKeyConstraint) -> Table:
    return Table(
        name,
        metadata,
        *columns,
        Column("audit_seq", BigInteger, nullable=False, index=True),
        Column("row_hash", String(64), nullable=False),
    )


def _text(name: str) -> Column:
    return Column(name, Text, nullable=False, default="")


def _key(name: str) -> Column:
    return Column(name, String(200), primary_key=True)


def _number(name: str) -> Column:
    return Column(name, Integer, primary_key=True, autoincrement=False)


gate_results = _recorded(
    "gate_results",
    _key("period"),
    _key("measurement_hash"),
    _number("attempt"),
    _text("verdict"),
    _text("as_of"),
    _text("rules_hash"),
    _text("findings"),
)

calculations = _recorded(
    "calculations",
    _key("period"),
    _number("revision"),
    _text("content_hash"),
    _text("measurement_hash"),
    _text("plan_hash"),
    _text("engine_version"),
    _text("as_of"),
    Column("gate_attempt", Integer, nullable=False),
    _text("facts"),
    _text("close_folder_sha256"),
)

runs = _recorded(
    "runs",
    _key("period"),
    _key("pay_group"),
    _number("run_no"),
    _number("revision"),
    _text("pay_month"),
    Column("line_count", Integer, nullable=False),
    Column("total_fen", BigInteger, nullable=False),
    _text("content_digest"),
    ForeignKeyConstraint(["period", "revision"], ["calculations.period", "calculations.revision"]),
)

payout_lines = _recorded(
    "payout_lines",
    _key("line_id"),
    _text("period"),
    _text("pay_group"),
    Column("run_no", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    _text("kind"),
    _text("payer_entity"),
    _text("pay_month"),
    _text("employee_no"),
    _text("department_id"),
    _text("plan_id"),
    Column("plan_version", Integer, nullable=False),
    _text("component"),
    _text("pay_item_code"),
    Column("amount_fen", BigInteger, nullable=False),
    _text("currency"),
    _text("cost_centre"),
    _text("origin_period"),
    _text("reason"),
    _text("origin_line"),
    _text("trace_node"),
    ForeignKeyConstraint(
        ["period", "pay_group", "run_no", "revision"],
        ["runs.period", "runs.pay_group", "runs.run_no", "runs.revision"],
    ),
)

held_lines = _recorded(
    "held_lines",
    _key("period"),
    _key("pay_group"),
    _number("run_no"),
    _number("revision"),
    _key("employee_no"),
    _key("component"),
    _key("plan_id"),
    _number("plan_version"),
    _key("cost_centre"),
    _key("reason"),
    _text("pay_item_code"),
    _text("payer_entity"),
)

run_events = _recorded(
    "run_events",
    _key("period"),
    _key("pay_group"),
    _number("run_no"),
    _number("revision"),
    _number("step"),
    _text("event"),
    _text("actor"),
    _text("actor_employee_no"),
    _text("subject_sha256"),
    _text("note"),
    _text("at"),
)

manual_adjustments = _recorded(
    "manual_adjustments",
    _key("adjustment_id"),
    _text("period"),
    _text("origin_period"),
    _text("employee_no"),
    _text("pay_item_code"),
    _text("component"),
    Column("amount_fen", BigInteger, nullable=False),
    _text("currency"),
    _text("author"),
    _text("reason"),
    _text("evidence"),
    _text("at"),
)

gate_waivers = _recorded(
    "gate_waivers",
    _key("waiver_id"),
    _text("period"),
    _text("check_id"),
    _text("subject"),
    _text("message"),
    _text("actor"),
    _text("reason"),
    _text("at"),
)

# What the first two migrations made; a table that came later has a migration of its own.
_FIRST = (gate_results, calculations, runs, payout_lines, held_lines, run_events, manual_adjustments)
RECORDED = (*_FIRST, gate_waivers)
APPEND_ONLY = (*RECORDED, audit_log, ledger_schema)


def migrate(connection: Connection) -> list[str]:
    """Bring the schema up to date inside the caller's transaction; gives the names of what was applied."""
    ledger_schema.create(connection, checkfirst=True)
    done = {version for (version,) in connection.execute(select(ledger_schema.c.version))}
    applied = []
    for version, (name, step) in enumerate(_MIGRATIONS, start=1):
        if version not in done:
            step(connection)
            connection.execute(ledger_schema.insert().values(version=version, name=name))
            applied.append(name)
    return applied


def is_current(connection: Connection) -> bool:
    """Whether every migration was applied; a look that takes no write lock."""
    if not inspect(connection).has_table(ledger_schema.name):
        return False
    done = {version for (version,) in connection.execute(select(ledger_schema.c.version))}
    return done >= set(range(1, len(_MIGRATIONS) + 1))


def _create_tables(connection: Connection) -> None:
    metadata.create_all(connection, tables=[*_FIRST, audit_log, ledger_schema], checkfirst=True)


def _forbid_changes(connection: Connection) -> None:
    _make_append_only(connection, [*_FIRST, audit_log, ledger_schema])


def _add_waivers(connection: Connection) -> None:
    metadata.create_all(connection, tables=[gate_waivers])
    _make_append_only(connection, [gate_waivers])


def _make_append_only(connection: Connection, tables: list[Table]) -> None:
    if connection.dialect.name == "postgresql":
        _make_append_only_postgresql(connection, tables)
    else:
        _make_append_only_sqlite(connection, tables)


def _make_append_only_sqlite(connection: Connection, tables: list[Table]) -> None:
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


def _make_append_only_postgresql(connection: Connection, tables: list[Table]) -> None:
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


_MIGRATIONS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("tables of the ledger", _create_tables),
    ("append-only by trigger", _forbid_changes),
    ("findings of the gate that a person accepted", _add_waivers),
)
