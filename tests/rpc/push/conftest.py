"""The messenger's services, for what is pushed."""

from tests.messenger.conftest import messenger as messenger
from tests.messenger.conftest import secrets as secrets
