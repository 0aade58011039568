"""`parley witness`: a small program for people outside of the operator who keep a log to one history."""
