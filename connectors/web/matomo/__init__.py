"""Matomo web analytics. See docs/sources/matomo.md."""
