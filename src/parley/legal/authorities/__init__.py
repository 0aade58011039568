"""The registry of authorities and their officers: who may send orders, and how we know that it is they."""
