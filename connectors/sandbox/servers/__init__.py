"""Loopback servers that speak the vendors' contracts over the sample company, with all their known bad habits."""
