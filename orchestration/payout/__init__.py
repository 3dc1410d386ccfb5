"""Scores -> payout lines -> ledger -> approval -> payout file. Whether money may be paid is decided here."""
