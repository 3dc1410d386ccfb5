"""Figures, each a ratio to a baseline measured in the same run. Never a test: nothing here passes or fails."""
