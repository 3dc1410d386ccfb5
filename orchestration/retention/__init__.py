"""How long things are kept, and the erasure of a person's names. Amounts in the ledger are out of reach here."""
