"""Turns a decision into effects on the messenger, and takes them back when an appeal succeeds."""
