"""Measurements + plan -> scores and trace. Pure: no clock, no random, no I/O, no Dagster."""
