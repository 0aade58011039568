"""Search is tested on the real messages feature and a real index."""

from tests.messenger.messages.message_room import room as room
