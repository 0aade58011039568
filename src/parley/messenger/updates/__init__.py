"""Updates: the state of a box, the difference since, and who hears of an event at once."""
