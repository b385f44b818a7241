"""Telling people: what is sent, and what came of sending it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message, or what an older one is replaced with."""

    text: str
    """What notifications and screen readers have; never empty."""
    blocks: tuple[Mapping[str, object], ...]
    """Block Kit, as JSON's own types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file for the thread of a message."""

    name: str
    title: str
    content: bytes
