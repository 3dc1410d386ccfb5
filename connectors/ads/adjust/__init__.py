"""Adjust, app attribution. See docs/sources/adjust.md."""
