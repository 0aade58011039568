"""The public log of disclosures: an append-only Merkle log that anyone can verify and that tips nobody off."""
