"""Stars and money: a ledger that always balances; payments, advertising and payouts build on it."""
