"""Media: uploads, stored files, downloads."""
