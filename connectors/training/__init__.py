"""Training platforms."""
