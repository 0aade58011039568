"""Methods of the family payments: the balance of Stars."""
