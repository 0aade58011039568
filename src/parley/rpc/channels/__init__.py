"""channels.*: channels and supergroups, their members and posts."""
