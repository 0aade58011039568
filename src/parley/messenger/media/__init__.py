"""Media: uploads, files, downloads. Empty until the server takes media; the walls around the room stand."""
