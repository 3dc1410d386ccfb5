"""Why a step on the way to a payout file did not happen. Each message says what, for which run, and what to do
next."""


class PayoutRefused(Exception):  # noqa: N818 - it is a refusal, and callers read it as one
    """The payout room declined. The ledger and the files are as they were before the call."""


class GateNotGreen(PayoutRefused):
    """No green gate result stands for exactly the measurements that would be paid."""


class MeasurementsUnusable(PayoutRefused):
    """The warehouse does not hold what a calculation needs, or holds it in a shape that cannot be paid from."""


class LineConflict(PayoutRefused):
    """An idempotency key came back with other content (F176): nothing was written."""


class RunLocked(PayoutRefused):
    """The run is approved; later facts become adjustment lines of the open period."""


class ApprovalRefused(PayoutRefused):
    """The four-eyes rule, the approval limit or the bound content was violated."""


class ExportRefused(PayoutRefused):
    """The payout file may not be written: not approved, or a value payroll cannot read safely."""


class AccountMissing(ExportRefused):
    """A line fits no rule of the accounts: where it is booked has to be decided first."""


class DeliveryRefused(PayoutRefused):
    """A file is not handed over: something has to be put right first, and nothing was sent."""


class DeliveryFailed(PayoutRefused):
    """The connection broke before everything was handed over; delivering again resumes."""


class AcknowledgementRefused(PayoutRefused):
    """Payroll's answer contradicts the ledger or itself; nothing of it was recorded."""


class VerificationFailed(PayoutRefused):
    """A file, a close folder or the audit chain is not what the ledger recorded."""


class RulesInvalid(PayoutRefused):
    """A rules file of the close is wrong: file, line, what and what to do."""
