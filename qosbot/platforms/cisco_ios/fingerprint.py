"""What a change rests on, as one short text that moves when any of it moves.

Everything is in it that could make an approved change mean something else: the interface, its
policies with their parents and children, the class-maps, access lists, object groups and
table-maps that they name, and every other place where the same policies are at work.  Nothing
else is, so that a quiet router never looks stale.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

from qosbot.domain.intents import AttachVoicePolicy, Intent, PreferCodec
from qosbot.platforms.cisco_ios.allowed import PREFIX
from qosbot.platforms.cisco_ios.policy import entry, interface_name
from qosbot.platforms.cisco_ios.sections import Section
from qosbot.platforms.cisco_ios.tree import grow
from qosbot.platforms.cisco_ios.words import dscp_match

_REFERENCES = (
    (re.compile(r"service-policy (?:type \S+ )?(?:(?:input|output) )?(\S+)"), "policy-map"),
    (re.compile(r"class (?:type \S+ )?(\S+)"), "class-map"),
    (re.compile(r"match (?:not )?class-map (\S+)"), "class-map"),
    (re.compile(r"match (?:not )?access-group (?:name )?(\S+)"), "access-list"),
    (re.compile(r".* table (\S+)"), "table-map"),
    (re.compile(r".*\bobject-group (\S+).*"), "object-group"),
)
_LIST = re.compile(r"(?:ip access-list (?:standard|extended)|ipv6 access-list|access-list) (\S+)")
_GLOBAL = ("mls qos", "platform qos", "auto qos", "qos ")

_Node = tuple[str, str]
"""What kind of section, and its name."""


def fingerprint(running: str, intent: Intent) -> str:
    """Return a hash of all that an intent touches and rests on in a configuration."""
    text = "\n".join(closure(grow(running), intent))
    return hashlib.sha256(text.encode()).hexdigest()


def closure(root: Section, intent: Intent) -> list[str]:
    """Return the normalised lines that an intent touches and rests on, in a fixed order."""
    if isinstance(intent, PreferCodec):
        return list(_voice(root, intent))
    sections = _index(root)
    here = sections.get(("interface", intent.interface), [])
    reached = _reach(sections, here)
    policies = {name for kind, name in reached if kind == "policy-map"}
    # A parent that nests one of them, wherever it is at work, changes with it.
    parents = _parents(sections, policies)
    reached |= {("policy-map", name) for name in parents}
    reached |= _reach(sections, [s for name in parents for s in sections["policy-map", name]])
    lines = [line for section in here for line in _normal(section)]
    for node in sorted(reached):
        lines += [line for section in sections.get(node, []) for line in _normal(section)]
    lines += _attachments(root, parents | policies)
    lines += [one.text for one in root.children if one.text.startswith(_GLOBAL)]
    if isinstance(intent, AttachVoicePolicy):
        # The names that it would make must still be free.
        lines += sorted(f"taken {name}" for _, name in sections if name.startswith(PREFIX))
    return lines


def _index(root: Section) -> dict[_Node, list[Section]]:
    found: dict[_Node, list[Section]] = {}
    for section in root.children:
        node = _node(section)
        if node is not None:
            found.setdefault(node, []).append(section)
    return found


def _node(section: Section) -> _Node | None:
    words = section.words
    if words[0] == "interface":
        return "interface", interface_name(section)
    if words[0] in {"class-map", "policy-map", "table-map"}:
        return words[0], words[-1]
    if words[0] == "object-group":
        return words[0], words[-1]
    named = _LIST.match(section.text)
    return ("access-list", named[1]) if named is not None else None


def _reach(sections: dict[_Node, list[Section]], start: Iterable[Section]) -> set[_Node]:
    seen: set[_Node] = set()
    queue = list(start)
    while queue:
        for node in _named_in(queue.pop()):
            if node not in seen:
                seen.add(node)
                queue += sections.get(node, [])
    return seen


def _named_in(section: Section) -> Iterator[_Node]:
    """Yield what a section names; of an access list only the object groups."""
    is_list = _LIST.match(section.text) is not None
    for line in (section, *section.descendants()):
        if line is section and not is_list:
            continue
        for form, kind in _REFERENCES:
            found = form.fullmatch(line.text)
            if found is not None and (not is_list or kind == "object-group"):
                yield kind, found[1]


def _parents(sections: dict[_Node, list[Section]], policies: set[str]) -> set[str]:
    """Return the policies in which one of these is nested, at any depth."""
    found: set[str] = set()
    for (kind, name), held in sections.items():
        if kind == "policy-map" and name not in policies:
            below = {other for what, other in _reach(sections, held) if what == "policy-map"}
            if below & policies:
                found.add(name)
    return found


def _attachments(root: Section, policies: set[str]) -> list[str]:
    """Return every line that puts one of these policies to work, with where it stands."""
    return sorted(
        f"{section.text} / {line.text}"
        for section in root.children
        if not section.text.startswith("policy-map ")
        for line in section.descendants()
        if line.text.startswith("service-policy ") and line.words[-1] in policies
    )


def _voice(root: Section, intent: PreferCodec) -> Iterator[str]:
    for section in root.under(f"dial-peer voice {intent.dial_peer}"):
        yield from _normal(section)
        chosen = section.child("voice-class codec")
        if chosen is not None:
            for one in root.under(f"voice class codec {chosen.words[2]}"):
                yield from _normal(one)
    yield from sorted(f"taken {one.text}" for one in root.under("voice class codec"))


def _normal(section: Section) -> Iterator[str]:
    """Yield the lines of a section in one spelling, without counters and sequence numbers."""
    is_list = _LIST.match(section.text) is not None
    yield entry(section.text)
    for line in section.descendants():
        found = dscp_match(line.words[1:]) if line.words[0] == "match" else None
        if found is not None:
            ip = "ip " if found.ipv4_only else ""
            yield f"match {ip}dscp {sorted(found.values)}"
        else:
            yield entry(line.text) if is_list else line.text
