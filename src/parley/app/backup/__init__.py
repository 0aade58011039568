"""Backups: one encrypted file with what an operator needs to start again, and nothing that may not be copied."""
