"""Rules about names: what is referred to exists, is at work, and is what it is taken for."""

from collections import Counter
from collections.abc import Iterable, Iterator

from qosbot.domain.audit import reach
from qosbot.domain.audit.classes import CATCH_ALL
from qosbot.domain.audit.facts import Attached, AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.policies import AclMatch, ClassMatch, PolicyClass, PolicyMap
from qosbot.domain.samples import FlowDirection

_BUILT_IN = frozenset(
    f"{metal}{way}" for metal in ("platinum", "gold", "silver", "bronze") for way in ("", "-up")
)
"""Policies that a wireless controller has without saying so."""
_WORDS = {FlowDirection.IN: "input", FlowDirection.OUT: "output"}


def _line(one: Attached) -> str:
    return f"service-policy {_WORDS[one.direction]} {one.policy}"


def _undefined(facts: AuditFacts) -> Iterator[Breach]:
    policies = facts.policy.policy_maps
    for one in facts.attached:
        if one.policy not in policies and one.policy not in _BUILT_IN:
            yield _missing(one.where, f"policy-map {one.policy}", _line(one))
    for policy in policies.values():
        yield from _undefined_in(policy, facts)
    yield from _undefined_matches(facts)
    yield from _undefined_map_classes(facts)
    lists = facts.policy.codec_classes
    for peer in facts.policy.dial_peers.values():
        tag = peer.codec_class
        if tag is not None and tag not in lists:
            yield _missing(
                f"dial-peer {peer.tag}", f"voice class codec {tag}", f"voice-class codec {tag}"
            )


def _undefined_in(policy: PolicyMap, facts: AuditFacts) -> Iterator[Breach]:
    where = f"policy-map {policy.name}"
    classes = facts.policy.class_maps
    for held in policy.classes:
        if held.name not in classes and not _is_given(held.name, facts):
            yield _missing(where, f"class-map {held.name}", f"class {held.name}")
        if held.child and held.child not in facts.policy.policy_maps:
            at = f"{where} > class {held.name}"
            yield _missing(at, f"policy-map {held.child}", f"service-policy {held.child}")
        if held.set_values:
            yield from _undefined_tables(f"{where} > class {held.name}", held, facts)


def _is_given(name: str, facts: AuditFacts) -> bool:
    """Return whether a class is always there, or is one that a switch made for itself."""
    heads = facts.class_heads.get(name, ())
    return name == CATCH_ALL or any(not head.startswith("class-map type ") for head in heads)


def _undefined_map_classes(facts: AuditFacts) -> Iterator[Breach]:
    for name in facts.interfaces:
        if not name.startswith(_RELAYING):
            continue
        for line in facts.interface_lines(name):
            words = line.removeprefix("frame-relay ").split()
            if words[0] == "class" and words[-1] not in facts.map_classes:
                what = f"map-class frame-relay {words[-1]}"
                yield _missing(f"interface {name}", what, line)


_RELAYING = ("Serial", "MFR")


def _undefined_tables(at: str, held: PolicyClass, facts: AuditFacts) -> Iterator[Breach]:
    for field, value in held.set_values:
        _, _, table = value.partition("table ")
        if table and table not in facts.table_maps:
            yield _missing(at, f"table-map {table}", f"set {field} {value}")


def _undefined_matches(facts: AuditFacts) -> Iterator[Breach]:
    classes, lists = facts.policy.class_maps, facts.policy.access_lists
    for held in classes.values():
        where = f"class-map {held.name}"
        for match in (*held.matches, *held.negated):
            if isinstance(match, AclMatch) and match.name not in lists:
                quoted = facts.quote_class(held.name)
                lines = [one for one in quoted if one.split()[-1] == match.name]
                yield _missing(where, f"access list {match.name}", *lines)
            if isinstance(match, ClassMatch) and match.name not in classes:
                yield _missing(where, f"class-map {match.name}", f"match class-map {match.name}")


def _missing(where: str, what: str, *lines: str) -> Breach:
    return Breach(
        where=f"{where} > {what}",
        evidence=(*lines, f"{what} is not defined"),
        fix=f"Define {what}, or take the reference away.",
    )


def _unattached(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    policies = facts.policy.policy_maps
    if not policies:
        yield reach.NO_POLICY
    used = reach.in_use(facts)
    nested = {held.child for policy in policies.values() for held in policy.classes}
    for name in policies:
        if name in used or name in nested:
            continue
        where = f"policy-map {name}"
        if any(name in line.split() for line in facts.not_understood):
            yield Unjudged(why="a line that is not understood names it", where=where)
        else:
            yield Breach(where=where, evidence=(where, "no service-policy names it"))
    coming_in = facts.at_work(FlowDirection.IN)
    by_name = {policy.name: policy for _, policy in coming_in}
    queued = {name: _queued_in(policy, facts) for name, policy in by_name.items()}
    for one, policy in coming_in:
        if queued[policy.name]:
            yield Breach(
                where=f"{one.where} > policy {policy.name}",
                evidence=(one.holder, _line(one), *dict.fromkeys(queued[policy.name])),
                fix="Queue on the way out: attach it with `service-policy output`.",
            )


def _queued_in(policy: PolicyMap, facts: AuditFacts) -> list[str]:
    """Return the lines that queue in a policy and in those nested in it."""
    return [
        line
        for path, held in facts.policy.classes_under(policy)
        if _queues(held)
        for line in _queueing_lines(facts, path[-2], held)
    ]


def _queues(held: PolicyClass) -> bool:
    """Return whether a class has a queue of its own, which only the way out can have."""
    return (
        held.is_priority
        or held.bandwidth is not None
        or held.bandwidth_remaining_ratio is not None
        or held.bandwidth_remaining_weight is not None
        or held.has_fair_queue
        or held.has_random_detect
        or held.shape is not None
    )


def _queueing_lines(facts: AuditFacts, policy: str, held: PolicyClass) -> tuple[str, ...]:
    words = ("priority", "bandwidth", "shape", "fair-queue", "random-detect")
    return facts.quote(f"policy-map {policy}", *words, within=f"class {held.name}")


def _drifted(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if facts.context is None:
        yield Unjudged(why="needs the role of each link from the inventory")
        return
    by_role: dict[str, dict[str, str]] = {}
    out = {one.interface: one.policy for one in facts.attached if one.direction.value == "out"}
    for interface, circuit in facts.context.circuits.items():
        if circuit.role is not None:
            by_role.setdefault(circuit.role, {})[interface] = out.get(interface, "")
    for role, policies in by_role.items():
        shapes = {name: _shape(facts, policy) for name, policy in policies.items()}
        usual, times = Counter(shapes.values()).most_common(1)[0]
        if len(policies) == 1:
            yield Unjudged(why=f"needs a second link of role {role}", where=next(iter(policies)))
        for name, shape in shapes.items():
            if shape != usual:
                said = f"service-policy output {policies[name]}" if policies[name] else "no policy"
                yield Breach(
                    where=f"interface {name}",
                    evidence=(said, f"{times} of {len(policies)} links of role {role} differ"),
                )
    if not by_role:
        yield Unjudged(why="needs the role of each link from the inventory")


def _shape(facts: AuditFacts, policy: str) -> str:
    """Return what a policy does, but for its names and the rates that it shapes to."""
    root = facts.policy.policy_maps.get(policy)
    if root is None:
        return ""
    return repr(
        [
            (
                len(path),
                held.name,
                held.priority,
                held.bandwidth,
                held.has_fair_queue,
                held.shape is None,
            )
            for path, held in facts.policy.classes_under(root)
        ]
    )


def _of_other_kinds(facts: AuditFacts) -> Iterator[Breach]:
    kinds = {one.name: one.kind for one in facts.other_policies}
    for one in facts.attached:
        kind = kinds.get(one.policy)
        if kind is not None and one.policy not in facts.policy.policy_maps:
            yield Breach(
                where=f"{one.where} > policy {one.policy}",
                evidence=(_line(one), f"policy-map type {kind} {one.policy}"),
            )


def _ref_01(facts: AuditFacts) -> Iterable[Breach | Unjudged]:
    held = facts.policy
    if not (held.policy_maps or held.class_maps or facts.attached or held.dial_peers):
        yield Unjudged(why="needs a QoS policy, a class-map or a dial-peer")
    yield from _undefined(facts)


RULES = (
    Rule(
        id="REF-01",
        severity=Severity.CRITICAL,
        title="Every policy, class, list and map that is named is defined",
        meaning="A class that names a missing list matches nothing, and a missing policy queues "
        "nothing: voice goes with the rest.",
        evidence="service-policy, class, match, set ... table and voice-class codec lines",
        source="Cisco IOS QoS command reference",
        fix="Define what is named, or take the reference away.",
        check=_ref_01,
    ),
    Rule(
        id="REF-02",
        severity=Severity.HIGH,
        title="Every QoS policy is at work, in the right direction",
        meaning="A policy that is nowhere attached protects nothing; queueing on the way in does "
        "not exist.",
        evidence="policy-map and service-policy lines",
        source="Cisco IOS QoS command reference",
        fix="Attach it with `service-policy output` where voice leaves, or remove it.",
        check=_unattached,
    ),
    Rule(
        id="REF-03",
        severity=Severity.HIGH,
        title="All links of a role carry the same policy",
        meaning="The link that differs treats the same call otherwise, most often by accident.",
        evidence="policies at work, and the role of each link in the inventory",
        source="operators' practice",
        fix="Give it the policy that the others of its role have.",
        check=_drifted,
    ),
    reach.REF_04,
    Rule(
        id="REF-05",
        severity=Severity.INFO,
        title="A policy of another type is not taken for queueing",
        meaning="Inspection, control-plane and routing policies hold no queue for voice.",
        evidence="policy-map type lines, and what interfaces name",
        source="Cisco IOS security and QoS command references",
        fix="Attach a policy-map without a type.",
        check=_of_other_kinds,
    ),
)
