"""What a run means in the books: postings by payer, cost centre and account, and the whole ledger as a journal."""
