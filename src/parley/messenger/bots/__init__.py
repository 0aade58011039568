"""Bots: the accounts that programs run, and the server's own."""
