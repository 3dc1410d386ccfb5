"""SSH signatures under approvals: `ssh-keygen -Y sign` by the approver, `-Y verify` here, offline and without a server.

Who may sign with which key is the file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS); the principal of a
signature is the actor's id. The statement says in plain words what is approved, so that it can be read before it is
signed, and the signature is over exactly that text.
"""

import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, select

from orchestration.payout.errors import ApprovalRefused, VerificationFailed
from orchestration.payout.lines import RunKey
from orchestration.payout.rounding import yuan_text
from orchestration.payout.runs import Run
from orchestration.payout.schema import approval_evidence, run_events

NAMESPACE = "incentives-payout"
_KEYGEN = "ssh-keygen"
_PLACE = ("period", "pay_group", "run_no", "revision", "step")


def approval_statement(run: Run, *, actor: str, sha256: str, ticket: str) -> str:
    """What an approver signs: which run at which revision, the sha256 of its file, its totals, the ticket."""
    totals: dict[str, int] = {}
    for line in run.lines:
        totals[line.currency] = totals.get(line.currency, 0) + line.amount_fen
    rows = (
        ("run", str(run.key)),
        ("revision", str(run.revision)),
        ("file sha256", sha256),
        ("lines", str(len(run.lines))),
        ("people", str(len({line.employee_no for line in run.lines}))),
        *(("total", f"{currency} {yuan_text(fen)}") for currency, fen in sorted(totals.items())),
        ("approver", actor),
        ("ticket", ticket or "none"),
    )
    return "incentives payout approval\n" + "".join(f"{name}: {value}\n" for name, value in rows)


def verify_signature(
    allowed_signers: Path | None, *, signer: str, statement: str, signature: str, at: datetime
) -> None:
    """Raise `ApprovalRefused` unless `signature` is the signer's over the statement, by a key allowed at the time."""
    if allowed_signers is None or not allowed_signers.is_file():
        raise ApprovalRefused(
            "there is no file of allowed signers; write plans/allowed_signers in the data folder, one line "
            f"'{signer} ssh-ed25519 AAAA...' per key, or approve without a signature where the rules let you"
        )
    if not can_verify():
        raise ApprovalRefused("a signature cannot be checked without ssh-keygen; install openssh-client")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement.sig"
        path.write_text(signature, encoding="utf-8")
        moment = at.astimezone(ZoneInfo("UTC")).strftime("%Y%m%d%H%M%SZ")
        command = [_KEYGEN, "-Y", "verify", "-f", str(allowed_signers), "-I", signer, "-n", NAMESPACE]
        command += ["-s", str(path), "-O", f"verify-time={moment}"]
        done = subprocess.run(command, input=statement.encode(), capture_output=True, check=False, timeout=60)  # noqa: S603
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()
        raise ApprovalRefused(
            f"the signature is not {signer}'s over this statement ({said[0] if said else 'not verified'}); "
            f"sign the statement as it is now: ssh-keygen -Y sign -n {NAMESPACE} -f KEY FILE"
        )


def check_signatures(connection: Connection, allowed_signers: Path | None) -> tuple[int, int]:
    """Verify every signature in the ledger by the keys allowed when it was given; gives how many were verified, and
    how many there are. Without ssh-keygen or a file of allowed signers none is. Raises `VerificationFailed` naming the
    first approval whose signature does not hold."""
    at = approval_evidence.c
    rows = connection.execute(select(approval_evidence).where(at.signer != "").order_by(at.audit_seq)).all()
    if not can_verify() or allowed_signers is None or not allowed_signers.is_file():
        return 0, len(rows)
    for row in rows:
        key = RunKey(row.period, row.pay_group, row.run_no)
        same = [getattr(run_events.c, name) == getattr(row, name) for name in _PLACE]
        moment = connection.execute(select(run_events.c.at).where(and_(*same))).scalar_one()
        told = {"signer": row.signer, "statement": row.statement, "signature": row.signature}
        try:
            verify_signature(allowed_signers, at=datetime.fromisoformat(moment), **told)
        except ApprovalRefused as refusal:
            raise VerificationFailed(f"approval of {key} revision {row.revision}: {refusal}") from None
    return len(rows), len(rows)


def can_verify() -> bool:
    """Whether this machine has the program that checks signatures."""
    return shutil.which(_KEYGEN) is not None
