"""account.*: profile, username, devices, privacy, notifications and what clients ask on start."""
