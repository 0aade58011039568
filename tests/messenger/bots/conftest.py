"""Robots are tested on the real messages feature."""

from tests.messenger.messages.message_room import room as room
