"""Benchmarks: a server that is started for the purpose, a load of our own clients, and what the server used."""
