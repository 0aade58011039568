"""Forms as values: what was typed, and the errors that are named beside the fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.datastructures import FormData

from parley.core.errors import Invalid
from parley.web.csrf import FIELD


@dataclass(frozen=True, slots=True)
class Form:
    """A form's state for the template macros: values by field, errors by field.

    An error under the name `""` concerns the form as a whole.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: FormData, errors: Mapping[str, str] | None = None) -> Form:
        """Take the texts of a submitted form; files and the form token are left out."""
        values = {key: value for key, value in data.items() if isinstance(value, str) and key != FIELD}
        return cls(values, errors or {})

    def value(self, name: str, default: str = "") -> str:
        """What was typed into a field."""
        return self.values.get(name, default)

    def error(self, name: str) -> str:
        """What is wrong with a field; empty when nothing is."""
        return self.errors.get(name, "")

    @property
    def valid(self) -> bool:
        """Whether no field has an error."""
        return not self.errors


def text(data: FormData, name: str, *, most: int = 4000) -> str:
    """Take one text field without the space at its ends; a file or a missing field counts as empty.

    Line ends become `\\n`. Nothing is ever cut: half of what somebody wrote may say something else.

    Raises:
        Invalid: the text is longer than `most` characters; the form's `maxlength` told an honest browser before.
    """
    value = data.get(name)
    if not isinstance(value, str):
        return ""
    plain = value.replace("\r\n", "\n").strip()
    if len(plain) > most:
        raise Invalid(f"{name.replace('_', ' ')}: {most} characters at most")
    return plain


def moment(data: FormData, name: str) -> datetime | None:
    """Take a field of the type `datetime-local` as UTC; None when it is empty.

    Raises:
        Invalid: it is no date and time.
    """
    written = text(data, name, most=25)
    if not written:
        return None
    try:
        return datetime.fromisoformat(written).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("Give date and time in UTC.") from None
