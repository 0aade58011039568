"""The clocks of orders: when each starts, what stops it, when it is due; per instrument, as data files."""
