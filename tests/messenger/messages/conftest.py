"""Makes the feature's fixture known to its tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from message_room import room  # noqa: F401
