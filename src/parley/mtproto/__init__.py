"""MTProto on the server's side: bytes in, calls and bytes out; only `server.py` knows what a socket is."""
