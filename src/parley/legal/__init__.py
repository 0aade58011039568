"""Lawful disclosure: orders, their analysis, the sealed vault, notices, the public log and the reports."""
