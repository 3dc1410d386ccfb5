import pytest

from orchestration.payout.errors import GateNotGreen
from orchestration.payout.gate import GateFinding, GateResult, require_green_gate, store_gate_result
from orchestration.payout.ledger import Ledger

RED = GateFinding("error", "completeness", "zoho_crm/leads", "known until 2026-10-30 only; run the night again")
AMBER = GateFinding("warning", "anomaly", "kingdee/sales_orders", "3 rows instead of about 40")
HASH, OTHER = "a" * 64, "b" * 64


def verdict(measurement_hash: str, *findings: GateFinding) -> GateResult:
    return GateResult("2026-10", measurement_hash, "2026-11-03T01:00:00+00:00", "rules", findings)


def test_without_a_verdict_nothing_is_paid(ledger: Ledger):
    with pytest.raises(GateNotGreen, match="never evaluated"), ledger.read() as connection:
        require_green_gate(connection, "2026-10", HASH)


def test_a_verdict_for_other_measurements_does_not_count(ledger: Ledger):
    store_gate_result(ledger, verdict(OTHER))
    with pytest.raises(GateNotGreen, match="changed since the gate"), ledger.read() as connection:
        require_green_gate(connection, "2026-10", HASH)


def test_a_red_verdict_says_what_and_what_to_do(ledger: Ledger):
    store_gate_result(ledger, verdict(HASH, RED, AMBER))
    with (
        pytest.raises(GateNotGreen, match=r"zoho_crm/leads: known until .* run the night again"),
        ledger.read() as conn,
    ):
        require_green_gate(conn, "2026-10", HASH)


def test_warnings_do_not_stop_the_payout(ledger: Ledger):
    store_gate_result(ledger, verdict(HASH, AMBER))
    with ledger.read() as connection:
        assert require_green_gate(connection, "2026-10", HASH).findings == (AMBER,)


def test_the_last_verdict_stands_and_the_earlier_ones_remain(ledger: Ledger):
    assert store_gate_result(ledger, verdict(HASH, RED)).attempt == 1
    assert store_gate_result(ledger, verdict(HASH)).attempt == 2
    assert store_gate_result(ledger, verdict(HASH)).attempt == 2
    with ledger.read() as connection:
        assert require_green_gate(connection, "2026-10", HASH).attempt == 2
    store_gate_result(ledger, verdict(HASH, RED))
    with pytest.raises(GateNotGreen, match="red"), ledger.read() as connection:
        require_green_gate(connection, "2026-10", HASH)
