"""What can go wrong between bytes and TL objects; whoever decodes hostile bytes catches `TlError` alone."""

from __future__ import annotations

from parley.core.errors import ParleyError


class TlError(ParleyError):
    """The root of the codec's errors."""


class Malformed(TlError):
    """The bytes are not a value of the schema: cut short, too long, too deep, or of a type that does not fit."""


class UnknownConstructor(Malformed):
    """A constructor id that the layer does not have at this place."""

    def __init__(self, constructor_id: int, expected: str = "Object") -> None:
        super().__init__(f"constructor {constructor_id:#010x} is not a {expected}")
        self.constructor_id = constructor_id
        self.expected = expected


class Unencodable(TlError):
    """The object does not fit its own schema: a field is missing, of a wrong type or out of range."""


class NotInLayer(Unencodable):
    """The client's layer has no way to say this; the caller sends something else, or nothing."""

    def __init__(self, name: str, layer: int) -> None:
        super().__init__(f"layer {layer} has no {name}")
        self.name = name
        self.layer = layer
