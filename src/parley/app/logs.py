"""Log lines on standard error, one a line, without personal data: standard output belongs to the ready line."""

from __future__ import annotations

import logging
import sys


def configure_logging(level: str) -> None:
    """Send every log line to standard error; libraries speak up from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("parley").setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True
