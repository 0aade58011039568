"""The release of sealed data: what was decided, by whom it was signed, who opened it, and who got it."""
