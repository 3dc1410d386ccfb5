"""From landed records to payout files: warehouse, plans, scoring, payout, and the Dagster wiring around them."""
