"""langpack.*: the server keeps no translations; clients use those that they ship with."""
