"""What clients hear without asking: events of boxes and passing signs such as typing, encoded once per view."""
