"""The double-entry ledger of Stars."""
