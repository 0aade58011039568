"""Orders: what an authority files, whether its document is whole, and what is decided about it."""
