"""The moderators' desk: queues, cases, appeals, automatic rules, search terms, and how well all of it works."""
