"""Pages for everybody: the start page, the policies, health and metrics."""
