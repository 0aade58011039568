"""Notices: every person whose data was disclosed or asked for is told, as soon as nothing forbids it."""
