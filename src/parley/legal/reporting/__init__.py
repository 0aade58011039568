"""The quarterly transparency report: every number is computed from the public log's openings, by anyone alike."""
