"""Limits against bots and scammers: how fast, how many strangers, with the right time to wait."""
