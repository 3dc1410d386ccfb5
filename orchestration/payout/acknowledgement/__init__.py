"""What payroll answers about a file: read from its CSV, checked against the ledger, recorded once."""
