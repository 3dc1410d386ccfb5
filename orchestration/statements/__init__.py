"""What an employee and a manager read about a period: one page each, out of the recorded evidence. Pure reading."""
