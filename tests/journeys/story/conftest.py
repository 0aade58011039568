"""The browser's fixtures for the story."""

from tests.browser import *  # noqa: F403 -- the fixtures
