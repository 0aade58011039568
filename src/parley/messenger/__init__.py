"""Accounts, contacts, channels, messages, updates and search: the messenger proper, without protocol or pages."""
