"""Which files an exported run has: recorded once with their sha256 and what they were made by, and never again.

`source` keeps the layout's or mapping's text beside each file, so that it can be rendered again years later, whatever
the configuration says by then.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import Connection, and_, select

from orchestration.payout.canonical import canonical_json
from orchestration.payout.contents import sha256_bytes
from orchestration.payout.ledger import append
from orchestration.payout.lines import RunKey
from orchestration.payout.runs import Run
from orchestration.payout.schema import exported_files

FileKind = Literal["payout", "workbook", "layout", "gl", "gl_reversal"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file's bytes. `name` is relative to the run's folder; `totals` are counts and sums in fen; `source` what it was
    made by: `{"text": ..., "timezone": ...}`, empty where nothing but the ledger decides."""

    name: str
    kind: FileKind
    content: bytes
    totals: Mapping[str, Any]
    source: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file as the ledger recorded it."""

    run: RunKey
    revision: int
    name: str
    kind: FileKind
    sha256: str
    size: int
    totals: Mapping[str, Any]
    source: Mapping[str, str]
    at: str

    @property
    def for_manifest(self) -> dict[str, Any]:
        """The entry of the manifest."""
        return {
            "name": self.name,
            "kind": self.kind,
            "sha256": self.sha256,
            "bytes": self.size,
            "totals": dict(self.totals),
        }


def record_files(connection: Connection, run: Run, files: Sequence[Rendered], *, actor: str, at: str) -> None:
    """Append the files of a run in one audit event that names their hashes."""
    rows = [
        {
            "period": run.key.period,
            "pay_group": run.key.pay_group,
            "run_no": run.key.run_no,
            "revision": run.revision,
            "name": file.name,
            "kind": file.kind,
            "sha256": sha256_bytes(file.content),
            "bytes": len(file.content),
            "totals": canonical_json(dict(file.totals)),
            "source": canonical_json(dict(file.source)),
            "at": at,
        }
        for file in files
    ]
    details = {
        "run": str(run.key),
        "revision": run.revision,
        "actor": actor,
        "files": {row["name"]: row["sha256"] for row in rows},
        "at": at,
    }
    append(connection, "files", details, {exported_files: rows})


def files_of(connection: Connection, key: RunKey) -> list[ExportedFile]:
    """The files of a run, by name; none before its export."""
    table = exported_files.c
    where = and_(table.period == key.period, table.pay_group == key.pay_group, table.run_no == key.run_no)
    return _read(connection, where)


def files_with(connection: Connection, sha256: str) -> list[ExportedFile]:
    """Every recorded file with that content, whichever run it is of."""
    return _read(connection, exported_files.c.sha256 == sha256)


def _read(connection: Connection, where: Any) -> list[ExportedFile]:
    rows = connection.execute(select(exported_files).where(where)).all()
    found = [
        ExportedFile(
            run=RunKey(row.period, row.pay_group, row.run_no),
            revision=row.revision,
            name=row.name,
            kind=cast("FileKind", row.kind),
            sha256=row.sha256,
            size=row.bytes,
            totals=json.loads(row.totals),
            source=json.loads(row.source),
            at=row.at,
        )
        for row in rows
    ]
    return sorted(found, key=lambda file: (file.run, file.name))
