"""Scores posts and channels, so that people look first where it is likely to matter. It decides nothing."""
