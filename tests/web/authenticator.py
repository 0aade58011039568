"""The passkey in software of `tests/authenticator.py`, by the name under which tests of pages first knew it."""

from tests.authenticator import Authenticator

__all__ = ["Authenticator"]
