"""The legal desk: the registry of authorities, orders with their checks, decisions by two people, releases."""
