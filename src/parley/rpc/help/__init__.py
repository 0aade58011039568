"""help.*: where the server is, what it supports, its terms."""
