"""contacts.*: address book, finding people, blocking."""
