"""The canonical layer's constructors as classes: `types.Message(id=1, …)`, `types.messages.Dialogs(…)`.

Classes are made on first use; `types.TypePeer` is the abstract class of all constructors of `Peer`.
The stub beside this file, made by tools/generate_tl_stubs.py, gives the type checker their fields.
"""

from __future__ import annotations

from typing import Any

import parley.tl.classes as _classes


def __getattr__(attribute: str) -> Any:
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    found: object
    if attribute in _classes.API.schema.types.namespaces:
        found = _classes.Namespace(_classes.API, "types", attribute)
    else:
        found = _classes.lookup(_classes.API, "types", attribute)
    globals()[attribute] = found
    return found
