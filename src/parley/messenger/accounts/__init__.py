"""Accounts: sign-up, sign-in, devices, profile, usernames and who held which identifier when."""
