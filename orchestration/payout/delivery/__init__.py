"""Handing files to payroll: encrypted where wanted, over SFTP, never twice (docs/delivery.md)."""
