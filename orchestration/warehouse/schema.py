"""The tables that the loader owns: `etl.*`, and one raw table per stream (docs/contracts.md §4)."""

from collections.abc import Iterable

import duckdb

from connectors.stream import NAMES_SUFFIX, StreamSpec, names_spec

COMMON_COLUMNS = {
    "payload": "JSON",
    "_key": "VARCHAR NOT NULL",
    "_payload_hash": "VARCHAR NOT NULL",
    "_load_id": "VARCHAR NOT NULL",
    "_load_seq": "BIGINT NOT NULL",
    "_row": "BIGINT NOT NULL",
    "_extracted_at": "TIMESTAMPTZ NOT NULL",
    "_window_start": "TIMESTAMPTZ NOT NULL",
    "_window_end": "TIMESTAMPTZ NOT NULL",
    "_account": "VARCHAR NOT NULL",
    "_is_deleted": "BOOLEAN NOT NULL",
}
"""Follow the body of every raw table, in this order."""

_ETL = """
create schema if not exists etl;
create table if not exists etl.loads (
    load_seq BIGINT NOT NULL, load_id VARCHAR PRIMARY KEY, source VARCHAR NOT NULL, stream VARCHAR NOT NULL,
    account VARCHAR NOT NULL, mode VARCHAR NOT NULL, window_start TIMESTAMPTZ NOT NULL, window_end TIMESTAMPTZ NOT NULL,
    rows_landed BIGINT NOT NULL, rows_inserted BIGINT NOT NULL, rows_unchanged BIGINT NOT NULL,
    rows_deleted BIGINT NOT NULL, vendor_total BIGINT, pages BIGINT NOT NULL, extracted_at TIMESTAMPTZ NOT NULL,
    manifest_sha256 VARCHAR NOT NULL
);
create table if not exists etl.cursors (
    source VARCHAR NOT NULL, stream VARCHAR NOT NULL, account VARCHAR NOT NULL, cursor VARCHAR NOT NULL,
    load_id VARCHAR NOT NULL, updated_as_of TIMESTAMPTZ NOT NULL
);
create table if not exists etl.stream_outcomes (
    as_of TIMESTAMPTZ NOT NULL, source VARCHAR NOT NULL, stream VARCHAR NOT NULL, account VARCHAR NOT NULL,
    state VARCHAR NOT NULL, error_class VARCHAR, message VARCHAR NOT NULL, rows_landed BIGINT NOT NULL,
    rows_inserted BIGINT NOT NULL, complete_through TIMESTAMPTZ
);
create table if not exists etl.nights (
    as_of TIMESTAMPTZ NOT NULL, business_date DATE NOT NULL, state VARCHAR NOT NULL, finished BOOLEAN NOT NULL
);
"""


def ensure_tables(con: duckdb.DuckDBPyConnection, specs: Iterable[StreamSpec]) -> None:
    """Create what is missing of `etl.*` and of the raw tables of these streams, names companions included.

    Empty tables let every model build from the first night on, also where a source is switched off or failed.
    """
    con.execute(_ETL)
    for spec in specs:
        _ensure_raw(con, spec)
        companion = names_spec(spec)
        if companion:
            _ensure_raw(con, companion)


def raw_table(source: str, stream: str) -> str:
    """Quoted name of the table of a stream. Streams of names live in a schema of their own, with its own access."""
    return f'"{raw_schema(source, stream)}"."{stream}"'


def raw_schema(source: str, stream: str) -> str:
    """Schema of the table of a stream."""
    return f"restricted_{source}" if stream.endswith(NAMES_SUFFIX) else f"raw_{source}"


def _ensure_raw(con: duckdb.DuckDBPyConnection, spec: StreamSpec) -> None:
    # Bodies repeat each other's names: zstd takes a third of the room that DuckDB's own choice takes, and less time.
    columns = {**spec.columns, **COMMON_COLUMNS, "payload": f"{COMMON_COLUMNS['payload']} using compression zstd"}
    body = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    con.execute(f'create schema if not exists "{raw_schema(spec.source, spec.name)}"')
    con.execute(f"create table if not exists {raw_table(spec.source, spec.name)} ({body})")
