"""Where each secret lives, and how each is changed."""
