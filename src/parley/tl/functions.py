"""The canonical layer's methods as classes: `functions.messages.SendMessage(peer=…, …)`; made on first use.

The stub beside this file, made by tools/generate_tl_stubs.py, gives the type checker their fields.
"""

from __future__ import annotations

from typing import Any

import parley.tl.classes as _classes


def __getattr__(attribute: str) -> Any:
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    found: object
    if attribute in _classes.API.schema.functions.namespaces:
        found = _classes.Namespace(_classes.API, "functions", attribute)
    else:
        found = _classes.lookup(_classes.API, "functions", attribute)
    globals()[attribute] = found
    return found
