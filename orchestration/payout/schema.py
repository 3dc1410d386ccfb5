"""The ledger's tables, one schema for SQLite and PostgreSQL, append-only by trigger on both.

Amounts are BIGINT fen; moments are ISO 8601 text handed in by the caller, so that a row has one canonical form
wherever it is stored. `audit_seq` names the audit event that wrote a row, `row_hash` is sha256 over its other
columns: a released table therefore never gets another column, a new fact gets a table. How a database comes to have
them is `migrations.py`.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
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

approval_evidence = _recorded(
    "approval_evidence",
    _key("period"),
    _key("pay_group"),
    _number("run_no"),
    _number("revision"),
    _number("step"),
    _text("ticket"),
    _text("statement"),
    _text("signer"),
    _text("signature"),
    ForeignKeyConstraint(
        ["period", "pay_group", "run_no", "revision", "step"],
        ["run_events.period", "run_events.pay_group", "run_events.run_no", "run_events.revision", "run_events.step"],
    ),
)

line_holds = _recorded(
    "line_holds",
    _key("hold_id"),
    _number("step"),
    _text("event"),
    _text("period"),
    _text("employee_no"),
    _text("component"),
    _text("actor"),
    _text("reason"),
    _text("at"),
)

disputes = _recorded(
    "disputes",
    _key("dispute_id"),
    _text("period"),
    _text("pay_group"),
    Column("run_no", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    _text("line_id"),
    _text("employee_no"),
    _text("component"),
    _text("raised_by"),
    _text("reason"),
    _text("at"),
)

dispute_answers = _recorded(
    "dispute_answers",
    _key("dispute_id"),
    _number("step"),
    _text("answer"),
    _text("actor"),
    _text("reason"),
    _text("adjustment_id"),
    _text("at"),
    ForeignKeyConstraint(["dispute_id"], ["disputes.dispute_id"]),
)

deduction_limits = _recorded(
    "deduction_limits",
    _key("period"),
    _key("employee_no"),
    _key("payer_entity"),
    _key("currency"),
    _number("step"),
    Column("limit_fen", BigInteger, nullable=False),
    _text("actor"),
    _text("evidence"),
    _text("at"),
)

erasures = _recorded(
    "erasures",
    _key("erasure_id"),
    _text("employee_no"),
    _text("subjects"),
    _text("actor"),
    _text("reason"),
    _text("at"),
)

purges = _recorded(
    "purges",
    _key("purge_id"),
    _text("retention_class"),
    _text("older_than"),
    Column("files", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    _text("listing_sha256"),
    _text("actor"),
    _text("at"),
)

exported_files = _recorded(
    "exported_files",
    _key("period"),
    _key("pay_group"),
    _number("run_no"),
    _number("revision"),
    _key("name"),
    _text("kind"),
    _text("sha256"),
    Column("bytes", BigInteger, nullable=False),
    _text("totals"),
    _text("source"),
    _text("at"),
    ForeignKeyConstraint(
        ["period", "pay_group", "run_no", "revision"],
        ["runs.period", "runs.pay_group", "runs.run_no", "runs.revision"],
    ),
)

deliveries = _recorded(
    "deliveries",
    _key("target"),
    _key("sha256"),
    _number("step"),
    _text("event"),
    _text("period"),
    _text("pay_group"),
    Column("run_no", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    _text("name"),
    _text("remote_path"),
    _text("sent_sha256"),
    Column("sent_bytes", BigInteger, nullable=False),
    _text("actor"),
    _text("note"),
    _text("at"),
)

acknowledgements = _recorded(
    "acknowledgements",
    _key("sha256"),
    _text("period"),
    _text("pay_group"),
    Column("run_no", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    _text("name"),
    _text("actor"),
    _text("at"),
)

acknowledged_lines = _recorded(
    "acknowledged_lines",
    _key("line_id"),
    _number("step"),
    _text("status"),
    _text("reason"),
    Column("sha256", String(200), nullable=False),
    ForeignKeyConstraint(["line_id"], ["payout_lines.line_id"]),
    ForeignKeyConstraint(["sha256"], ["acknowledgements.sha256"]),
)

RECORDED = (
    gate_results,
    calculations,
    runs,
    payout_lines,
    held_lines,
    run_events,
    manual_adjustments,
    gate_waivers,
    approval_evidence,
    line_holds,
    disputes,
    dispute_answers,
    deduction_limits,
    erasures,
    purges,
    exported_files,
    deliveries,
    acknowledgements,
    acknowledged_lines,
)
"""Every table of facts, parents before children."""
APPEND_ONLY = (*RECORDED, audit_log, ledger_schema)
