"""The custodians' own tools. They run on those people's machines and talk to nobody but the server."""
