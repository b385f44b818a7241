"""Let an existing class match one code point more."""

from qosbot.domain.intents import AddClassMatch
from qosbot.domain.policies import ClassMap, DscpMatch, PolicyMap
from qosbot.platforms.cisco_ios.plan import NO_INTERRUPTION, SHORT_INTERRUPTION, Plan, Running
from qosbot.platforms.cisco_ios.sections import Section
from qosbot.platforms.cisco_ios.words import DSCP_NAMES, dscp_match

_FLAT_PATH = 2
_MOST_VALUES = 8
"""In one `match dscp` statement (IOS QoS command reference)."""


def plan(intent: AddClassMatch, running: Running) -> Plan:
    """Return the lines that widen a class-map; its operator is never changed.

    A match-any gets one statement more.  A match-all of code points alone is the intersection of
    its statements, so each that leaves the code point out is replaced; where nothing could ever
    be in the class, the statements that make it so are taken away.

    Raises:
        UnsupportedIntentError: if the class can't be widened so, or others share it.
    """
    running.check_path(intent.interface, intent.class_path)
    policy, name = intent.class_path[-2:]
    held = running.policy.class_maps.get(name)
    if held is None:
        raise running.refuse(f"class-map {name} is not defined, or always matches")
    section = running.named("class-map", name)
    running.check_understood(section.text)
    others = running.others_with_class_map(name, intent.interface)
    if others and not intent.may_touch_others:
        raise running.refuse(f"class-map {name} is also at work on {', '.join(others)}")
    _check_reachable(intent, running.policy.policy_maps[policy], running)
    adds, drops = _lines(held, section, intent.dscp, running)
    undo = [f" {line}" for line in _restored(section, drops)] + [f" no {line}" for line in adds]
    flat = len(intent.class_path) == _FLAT_PATH and not others
    return Plan(
        apply=(section.text, *(f" {line}" for line in adds), *(f" no {line}" for line in drops)),
        undo=(section.text, *undo),
        touched=(section.text,),
        interruption=NO_INTERRUPTION if flat else SHORT_INTERRUPTION,
    )


def _check_reachable(intent: AddClassMatch, policy: PolicyMap, running: Running) -> None:
    """Reject a match that would have no effect, for the first class that matches has the packet."""
    for one in policy.classes:
        if one.name == intent.class_path[-1]:
            return
        before = running.policy.class_maps.get(one.name)
        values = before.dscp_values if before is not None else None
        if values is None or intent.dscp in values:
            raise running.refuse(
                f"class {one.name} stands before {intent.class_path[-1]} and may have the packets"
            )


def _lines(
    held: ClassMap, section: Section, dscp: int, running: Running
) -> tuple[list[str], list[str]]:
    """Return the statements to add and those to take away, in the order of the class-map."""
    word = DSCP_NAMES.get(dscp, str(dscp))
    if not held.match_all:
        if any(isinstance(match, DscpMatch) and dscp in match.values for match in held.negated):
            raise running.refuse(f"class-map {held.name} excludes {word} in so many words")
        return [f"match dscp {word}"], []
    values = held.dscp_values
    if values is None or not held.matches:
        raise running.refuse(f"class-map {held.name} is a match-all of more than code points")
    statements = [(line.text, _values(line)) for line in section.under("match")]
    missing = [text for text, found in statements if dscp not in found]
    if not values:
        rest = [text for text, found in statements if dscp in found]
        return ([] if rest else [f"match dscp {word}"]), missing
    # What says the same in another order is one statement to the device: typing it would add
    # nothing, and our undo would take away what was there before us.
    said = {_meaning(line.text) for line in section.under("match")}
    widened = [_widened(text, dscp, held, running) for text in missing]
    return [text for text in widened if _meaning(text) not in said], missing


def _restored(section: Section, drops: list[str]) -> list[str]:
    """Return what puts dropped statements back where they stood.

    IOS keeps statements in the order in which they were typed, so those behind are typed again.
    """
    lines: list[str] = []
    for statement in section.under("match"):
        if statement.text in drops:
            lines.append(statement.text)
        elif lines:
            lines += [f"no {statement.text}", statement.text]
    return lines


def _values(line: Section) -> frozenset[int]:
    found = dscp_match(line.words[1:])
    return found.values if found is not None else frozenset()


def _meaning(text: str) -> DscpMatch | str:
    return dscp_match(text.split()[1:]) or text


def _widened(text: str, dscp: int, held: ClassMap, running: Running) -> str:
    found = dscp_match(text.split()[1:])
    values = sorted({dscp, *(found.values if found is not None else ())})
    if len(values) > _MOST_VALUES:
        raise running.refuse(f"class-map {held.name} would need more than {_MOST_VALUES} values")
    head = "match ip dscp" if found is not None and found.ipv4_only else "match dscp"
    return " ".join([head, *(DSCP_NAMES.get(value, str(value)) for value in values)])
