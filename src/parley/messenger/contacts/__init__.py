"""Contacts: address book, resolving people, blocking."""
