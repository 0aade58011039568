"""The tool with which anybody verifies a public log and a receipt from their own machine."""
