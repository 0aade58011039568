"""Conversion between the messenger's values and Telegram's objects, in both directions, without I/O."""
