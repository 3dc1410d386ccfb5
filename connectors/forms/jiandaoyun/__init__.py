"""Jiandaoyun (简道云) Open API v5. See docs/sources/jiandaoyun.md."""
