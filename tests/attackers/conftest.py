"""The attackers find a whole server: its vault and log, its legal pages, its accounts."""

from tests.legal_world import *  # noqa: F403
from tests.messenger.conftest import messenger, secrets  # noqa: F401 -- fixtures
from tests.web.legal.conftest import legal, mallory  # noqa: F401 -- fixtures
