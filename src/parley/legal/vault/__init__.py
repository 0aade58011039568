"""The sealed vault: addresses that the server can write and that only two custodians together can read."""
