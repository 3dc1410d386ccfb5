"""Zoho CRM, REST API v6 to v8. See docs/sources/zoho_crm.md."""
