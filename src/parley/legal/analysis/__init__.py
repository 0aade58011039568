"""The legal analysis as data: the checks, the channels, and what their answers allow."""
