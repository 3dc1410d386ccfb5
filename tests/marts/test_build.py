"""The whole transformation builds, and every check dbt knows about it passes on the sample company."""

from tests.marts.conftest import BuiltMarts


def test_every_model_data_test_and_unit_test_passes(marts: BuiltMarts) -> None:
    assert marts.result.raise_for_failure().failures == ()
    assert {node.status for node in marts.result.nodes} <= {"success", "pass"}


def test_each_business_rule_has_a_unit_test(marts: BuiltMarts) -> None:
    passed = {
        node.unique_id.rsplit(".", 1)[-1] for node in marts.result.nodes if node.unique_id.startswith("unit_test")
    }
    assert passed >= {
        "dates_follow_the_business_zone_at_the_month_edge",
        "the_follow_up_rate_is_the_owners",
        "a_measurement_says_what_it_is_worth",
        "a_win_counts_in_the_month_of_the_win",
        "a_refund_is_negative_on_its_own_date",
        "shares_tile_the_whole_and_the_rest_belongs_to_nobody",
        "a_rehire_leaves_a_gap_and_leaving_day_is_worked",
        "a_transfer_on_the_16th_splits_the_month",
        "nobodys_work_is_listed_with_its_first_day",
        "what_a_metric_lacks_is_named",
        "both_sides_see_a_win_and_the_company_counts_it_once",
        "fakes_do_not_count_and_a_number_counts_once",
    }


def test_everything_measured_is_finite_and_explains_itself(marts: BuiltMarts) -> None:
    assert marts.ask(
        "select count(*) from marts.fct_kpi_measurements "
        "where (state = 'ok') <> (numerator is not null) or denominator <= 0 or (state <> 'ok' and state_reason = '')"
    ) == [(0,)]


def test_open_periods_are_provisional_and_closed_ones_are_not(marts: BuiltMarts) -> None:
    rows = marts.ask("select distinct period_id, is_provisional from marts.fct_kpi_measurements")
    provisional = {period for period, flag in rows if flag}
    assert provisional == {"2026-11", "2026-Q4", "2026-H2", "2026"}


def test_a_period_that_began_before_the_history_is_missing(marts: BuiltMarts) -> None:
    assert marts.ask(
        "select distinct state, state_reason from marts.fct_kpi_measurements where period_id in ('2024', '2024-H2')"
    ) == [("missing", "the period began before the history")]
