"""Messages: sending, editing, deleting, reading, history."""
