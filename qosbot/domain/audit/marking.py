"""Rules about classes: voice is in one of its own, whatever the version of IP."""

import re
from collections.abc import Iterator

from qosbot.domain.audit import lists
from qosbot.domain.audit.classes import dscp_of, holds_ef, terms_of
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.queueing import NO_QUEUEING
from qosbot.domain.audit.terms import Condition
from qosbot.domain.audit.trees import Tree, circuit_of, has_voice_class, trees, why_voice
from qosbot.domain.policies import (
    EF,
    AclMatch,
    CosMatch,
    OtherMatch,
    ProtocolMatch,
    QosGroupMatch,
)
from qosbot.domain.samples import FlowDirection

_NEIGHBOURS = frozenset({34, 36, 38, 40, 41, 42, 43, 44, 45, 47})
"""AF4x, and what shares the upper three bits with EF."""
_PRECEDENCE_5 = frozenset(range(40, 48))
_VOICE_COS, _VOICE_EXP = 5, "5"
_NAMED_VOICE = re.compile(
    r"voi[cp]|rtp|telephon|real-?_?time|(?<![a-z])ef(?![a-z])|llq", re.IGNORECASE
)
_MAY_TALK = re.compile("audio|voice|voip|phone|skype|lync|teams|jabber|webex|zoom|telepresence")
"""Applications whose calls have speech in them, whatever else they have."""
_NAMED_VIDEO = re.compile(r"vid|telepresence", re.IGNORECASE)


def _no_voice_class(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if not trees(facts):
        yield NO_QUEUEING
    for tree in trees(facts):
        if has_voice_class(tree, facts):
            continue
        why = why_voice(tree, facts)
        unclear = [held.name for _, held in tree.classes() if _may_be_voice(held.name, facts)]
        circuit = circuit_of(tree.attached, facts)
        if circuit is not None and circuit.calls == 0:
            continue
        if not why:
            yield Unjudged(why="needs to know whether voice goes out here", where=tree.where)
        elif unclear:
            said = f"needs to know what class {unclear[0]} holds"
            yield Unjudged(why=said, where=tree.where)
        else:
            yield Breach(where=tree.where, evidence=(*_classes(tree, facts), _NO_EF, why))
    yield from _without_queues(facts)


_NO_EF = "no class holds EF: neither by DSCP, nor by RTP ports, nor by a group set on the way in"


def _without_queues(facts: AuditFacts) -> Iterator[Breach]:
    """Yield links that the inventory expects calls on, and that queue nothing."""
    queued = {tree.attached.interface for tree in trees(facts)}
    circuits = facts.context.circuits if facts.context is not None else {}
    for name, circuit in circuits.items():
        is_known = name in facts.policy.interfaces and not facts.is_shutdown(name)
        if is_known and name not in queued and (circuit.calls or circuit.voice_need_bps):
            head = f"interface {name}"
            said = facts.quote(head, "service-policy") or (head,)
            yield Breach(
                where=head,
                evidence=(*said, "no policy with queues on the way out"),
                fix="Attach a queueing policy with a class for EF: `service-policy output P`.",
            )


def _classes(tree: Tree, facts: AuditFacts) -> tuple[str, ...]:
    policy = tree.policies[-1].policy
    heads = tuple(f"class {held.name}" for held in policy.classes)
    strict = [held for _, held in tree.classes() if held.is_priority]
    matches = [line for held in strict for line in facts.quote_class(held.name)]
    return (f"policy-map {policy.name}", *heads, *matches)


def _may_be_voice(name: str, facts: AuditFacts) -> bool:
    """Return whether a class that does not say EF could have it all the same."""
    found = terms_of(name, facts)
    if found is None:
        return True
    return any(
        EF in one.dscp and any(_may_say_voice(each, facts) for each in one.conditions)
        for one in found
    )


def _may_say_voice(condition: Condition, facts: AuditFacts) -> bool:
    match condition.match:
        case CosMatch(values=values):
            return _VOICE_COS in values
        case AclMatch(name=name):
            entries = facts.policy.access_lists.get(name, ())
            return lists.may_take_udp(entries) and not lists.says_signalling(entries)
        case ProtocolMatch(name=name):
            return _MAY_TALK.search(name) is not None
        case QosGroupMatch(values=values):
            # Where the way in was read it said so; a routing policy may set groups as well.
            return not _sets_groups(facts) or _may_be_fed_voice(values, facts)
        case OtherMatch(text=text):
            # Where a label is put on, it takes the upper three bits of EF.
            is_label = text.startswith("mpls experimental")
            return _VOICE_EXP in text.split() if is_label else not text.startswith("packet length")
        case _:
            return False


def _may_be_fed_voice(groups: frozenset[int], facts: AuditFacts) -> bool:
    """Return whether a class on the way in that sets such a group has the label of voice."""
    return any(
        isinstance(each.match, CosMatch | OtherMatch) and _may_say_voice(each, facts)
        for name in _feeding(groups, facts)
        for one in terms_of(name, facts) or ()
        for each in one.conditions
    )


def _sets_groups(facts: AuditFacts) -> bool:
    return any(
        field == "qos-group"
        for _, policy in facts.at_work(FlowDirection.IN)
        for _, held in facts.policy.classes_under(policy)
        for field, _ in held.set_values
    )


def _wrong_value(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if not trees(facts):
        yield NO_QUEUEING
    for tree in trees(facts):
        if has_voice_class(tree, facts):
            yield from _too_wide(tree, facts)
            continue
        found = False
        for one, held in tree.classes():
            names = _classifiers(held.name, facts)
            if (held.is_priority or _NAMED_VOICE.search(held.name)) and any(
                _is_neighbour(name, facts) for name in names
            ):
                found = True
                quoted = (line for name in names for line in facts.quote_class(name))
                yield Breach(where=one.at(held), evidence=(*quoted, "46 is not among them"))
        if not found:
            yield Unjudged(why="needs a class that holds EF (MRK-01)", where=tree.where)


def _classifiers(name: str, facts: AuditFacts) -> tuple[str, ...]:
    """Return a class, and those on the way in that feed the groups which it matches."""
    held = facts.policy.class_maps.get(name)
    groups: set[int] = set()
    for match in held.matches if held is not None else ():
        if isinstance(match, QosGroupMatch):
            groups |= match.values
    return (name, *dict.fromkeys(_feeding(frozenset(groups), facts))) if groups else (name,)


def _feeding(groups: frozenset[int], facts: AuditFacts) -> Iterator[str]:
    """Yield the classes on the way in whose packets are put into one of these groups."""
    for _, policy in facts.at_work(FlowDirection.IN):
        for _, below in facts.policy.classes_under(policy):
            for field, value in below.set_values:
                if field == "qos-group" and value.isdecimal() and int(value) in groups:
                    yield below.name


def _is_neighbour(name: str, facts: AuditFacts) -> bool:
    values = dscp_of(name, facts)
    is_video = values <= {34, 36, 38} and _NAMED_VIDEO.search(name) is not None
    return EF not in values and bool(values & _NEIGHBOURS) and not is_video


def _too_wide(tree: Tree, facts: AuditFacts) -> Iterator[Breach]:
    """Yield classes that have voice by its upper three bits alone."""
    for one in tree.policies:
        first = next((held for held in one.policy.classes if holds_ef(held.name, facts)), None)
        if first is None:
            continue
        found = [term for term in terms_of(first.name, facts) or () if EF in term.dscp]
        if all(term.is_by_dscp and term.dscp >= _PRECEDENCE_5 for term in found):
            yield Breach(
                where=one.at(first),
                evidence=(*facts.quote_class(first.name), "CS5 and 44 are in it too"),
                severity=Severity.MEDIUM,
                fix="Match the code point and no more: `match dscp ef`.",
            )


_RFC = "RFC 4594, sections 3.1 and 4.1"

MRK_01 = Rule(
    id="MRK-01",
    severity=Severity.CRITICAL,
    title="Voice has a class in every policy that queues on the way out",
    meaning="Without one, calls wait in class-default behind every download.",
    evidence="class-maps of queueing policies at work; lists; groups set on the way in",
    source=_RFC,
    fix="Give the policy a class with `match dscp ef` and a priority.",
    check=_no_voice_class,
)
MRK_02 = Rule(
    id="MRK-02",
    severity=Severity.HIGH,
    title="The voice class matches 46 and not a neighbour",
    meaning="Phones and gateways mark 46; a class for 40, 45 or AF4x stays empty, and one for "
    "precedence 5 has more than voice.",
    evidence="match lines of priority classes, or of classes that are called after voice",
    source="RFC 3246; " + _RFC,
    fix="Match the code point that phones send: `match dscp ef`.",
    check=_wrong_value,
)
