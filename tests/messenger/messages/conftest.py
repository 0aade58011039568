"""Makes the feature's fixture known to its tests."""

from tests.messenger.messages.message_room import room as room
