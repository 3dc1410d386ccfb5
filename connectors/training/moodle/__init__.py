"""Moodle web services. See docs/sources/moodle.md."""
