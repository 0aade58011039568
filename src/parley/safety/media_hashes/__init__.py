"""Known abusive files, stopped by hash. Empty until the server takes media; the walls around the room stand."""
