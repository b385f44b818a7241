"""How Hypothesis behaves, never by the clock, and what is run first."""

import os

import pytest
from hypothesis import settings

# A user waits five minutes at most; CI tries four times as many examples.
settings.register_profile("user", deadline=None, max_examples=25)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "user")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
