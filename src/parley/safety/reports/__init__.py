"""What people report: the menu, @SearchReport, notices, each with a snapshot; and what they are told afterwards."""
