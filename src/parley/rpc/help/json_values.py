"""Plain values as Telegram's JSON objects."""

from __future__ import annotations

from typing import Any

from parley.tl import types


def json_value(value: Any) -> Any:
    """Convert what JSON can carry."""
    if value is None:
        return types.JsonNull()
    if isinstance(value, bool):
        return types.JsonBool(value=value)
    if isinstance(value, int | float):
        return types.JsonNumber(value=float(value))
    if isinstance(value, str):
        return types.JsonString(value=value)
    if isinstance(value, dict):
        return types.JsonObject(
            value=[types.JsonObjectValue(key=key, value=json_value(item)) for key, item in value.items()]
        )
    return types.JsonArray(value=[json_value(item) for item in value])
