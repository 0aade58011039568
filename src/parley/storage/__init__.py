"""PostgreSQL, the box log, blobs and the bus: where things are kept and how rooms reach them. No domain queries."""
