"""users.*: people as the caller sees them."""
