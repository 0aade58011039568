"""Methods of the family messages: sending, changing, reading, dialogs, search, reports."""
