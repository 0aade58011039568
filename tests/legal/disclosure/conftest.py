"""Releases are tested in the same small legal world as the custodians' tools."""

from tests.legal_world import *  # noqa: F403
