"""auth.*: sign-in codes, signing in and up, logging out, keys."""
