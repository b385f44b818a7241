"""Whether a configuration that we have changed is what it was, but for our own lines.

A colleague who types while we do would otherwise be judged, kept and saved with us.
"""

import hashlib

from qosbot.domain.intents import ConfigChange
from qosbot.platforms.cisco_ios import session
from qosbot.platforms.cisco_ios.lines import preview, same
from qosbot.platforms.cisco_ios.sections import Section
from qosbot.platforms.cisco_ios.tree import grow


def digest(config: str) -> str:
    """Return a hash of a whole configuration without its volatile lines."""
    return hashlib.sha256(session.config_text(config).encode()).hexdigest()


def only_ours(change: ConfigChange, before: str, running: str) -> bool | None:
    """Return whether nothing but a change lies between two configurations.

    False: a section that the change does not touch differs, which we never do.  None: a section
    that it touches is not as we foresaw, by another hand or by the way in which IOS prints it.
    """
    headers = _headers(change)
    if _rest(before, headers) != _rest(running, headers):
        return False
    foreseen, held = preview(grow(before), change.apply), grow(running)
    touched = (_those(root, headers) for root in (foreseen, held))
    return True if _alike(*touched) else None


def _headers(change: ConfigChange) -> frozenset[str]:
    """Return the first lines of the sections that are touched."""
    tops = (line for line in (*change.apply, *change.undo) if not line.startswith(" "))
    return frozenset(line.removeprefix("no ") for line in tops)


def _rest(config: str, headers: frozenset[str]) -> list[str]:
    """Return the lines of all other sections, banners and comments too, in their order."""
    kept: list[str] = []
    is_touched = False
    for line in session.config_text(config).splitlines():
        if line.strip() in {"", "!"}:
            continue
        if not line.startswith(" "):
            is_touched = " ".join(line.split()) in headers
        if not is_touched:
            kept.append(line.rstrip())
    return kept


def _those(root: Section, headers: frozenset[str]) -> list[Section]:
    """Return touched sections by their names: where IOS puts a new one is its own affair."""
    return sorted((one for one in root.children if one.text in headers), key=lambda one: one.text)


def _alike(foreseen: list[Section], held: list[Section]) -> bool:
    """Return whether sections say the same; lines without any below them in any order."""
    parents = [[one for one in lines if one.children] for lines in (foreseen, held)]
    leaves = [[one.text for one in lines if not one.children] for lines in (foreseen, held)]
    if len(parents[0]) != len(parents[1]) or len(leaves[0]) != len(leaves[1]):
        return False
    for text in leaves[0]:
        found = next((one for one in leaves[1] if same(one, text)), None)
        if found is None:
            return False
        leaves[1].remove(found)
    return all(
        same(there.text, here.text) and _alike(here.children, there.children)
        for here, there in zip(*parents, strict=True)
    )
