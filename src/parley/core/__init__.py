"""Values that every room shares and that know nothing of any room: ids, clock, errors, settings, tasks."""
