"""Channels: creating, joining, rights, members."""
