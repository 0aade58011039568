"""MTProto's own constructors and methods as classes: `service.ResPQ(…)`, `service.Msgs_ack(…)`; made on first use.

The name is TL's with its first letter in upper case. The stub beside this file, made by
tools/generate_tl_stubs.py, gives the type checker their fields.
"""

from __future__ import annotations

from typing import Any

import parley.tl.classes as _classes


def __getattr__(attribute: str) -> Any:
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    is_method = attribute in _classes.MTPROTO.schema.functions.name_of_class
    found = _classes.lookup(_classes.MTPROTO, "functions" if is_method else "types", attribute)
    globals()[attribute] = found
    return found
