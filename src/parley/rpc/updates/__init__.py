"""Methods of the family updates: state and differences."""
