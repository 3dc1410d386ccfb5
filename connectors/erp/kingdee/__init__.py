"""Kingdee K3Cloud (金蝶云星空). See docs/sources/kingdee.md."""
