"""The sample company: a deterministic world with its own clock, behind servers that speak the vendors' contracts.

`company/` decides what happens, `records/` shows it as each vendor would at an instant, `servers/` and `files` hand it
out. `planted.yaml` holds facts with known answers, written by hand. See docs/sandbox.md.
"""
