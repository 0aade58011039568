"""Statements of reasons: what an owner is told about a decision, and what the public database is told."""
