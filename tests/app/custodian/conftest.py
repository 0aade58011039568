"""The custodians' tools are tested against a real server with a real vault and log."""

from tests.legal_world import *  # noqa: F403
