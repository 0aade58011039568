"""Telegram's API methods: a package per family, a file per few methods; each parses, calls one action, converts."""
