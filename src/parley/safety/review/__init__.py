"""The moderators' work: cases, queues, locks, decisions, second looks, and a log of all of it."""
