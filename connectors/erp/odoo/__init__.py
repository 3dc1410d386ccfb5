"""Odoo external API. See docs/sources/odoo.md."""
