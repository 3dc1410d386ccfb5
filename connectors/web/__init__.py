"""The company's own web presence: official accounts, web analytics."""
