"""Files in the form that a payroll system imports, each described in YAML (docs/layouts.md)."""
