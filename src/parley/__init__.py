"""Parley: a self-hosted messenger that speaks Telegram's protocol and answers the law in the open."""

__version__ = "0.1.0"
