"""How Hypothesis behaves: never by the clock, and in CI always the same."""

import os

from hypothesis import settings

settings.register_profile("user", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "user")
