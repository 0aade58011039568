"""Everything that speaks HTTP: the public pages, the staff desk, the authority portal."""
