"""The lab's own reading of an IOS running configuration: what its policies do to packets."""

from dataclasses import dataclass, replace
from functools import lru_cache

from qosbot.lab.matching import (
    AclRule,
    Classifier,
    ClassMap,
    Match,
    parse_match,
    parse_rule,
)
from qosbot.lab.policies import CLASS_DEFAULT, PolicyClass, PolicyMap, parse_action
from qosbot.lab.sla import SlaOperation, parse_operation_line
from qosbot.lab.voice import CodecList, DialPeer, parse_codec_line, parse_dial_peer_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """An interface of the running configuration."""

    name: str
    description: str = ""
    bandwidth_bps: float | None = None
    address: str = ""
    is_shut: bool = False
    policy_in: str = ""
    policy_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfig:
    """What the network needs to know of one device's configuration."""

    hostname: str
    classifier: Classifier
    policies: tuple[PolicyMap, ...]
    interfaces: tuple[Interface, ...]
    operations: tuple[SlaOperation, ...]
    is_responder: bool
    keeps_indexes: bool
    """`snmp-server ifindex persist`."""
    dial_peers: tuple[DialPeer, ...] = ()
    codec_lists: tuple[CodecList, ...] = ()

    def policy(self, name: str) -> PolicyMap | None:
        """Return a policy map; None if it is not defined."""
        return next((known for known in self.policies if known.name == name), None)

    def interface(self, name: str) -> Interface:
        """Return an interface; one without a line of its own is as it comes."""
        found = (known for known in self.interfaces if known.name == name)
        return next(found, Interface(name=name))

    def closure(self, policy: str) -> tuple[object, ...]:
        """Return everything that decides what an attached policy does, children included."""
        known = self.policy(policy)
        if known is None:
            return (policy,)
        parts: list[object] = [known]
        for cls in known.classes:
            class_map = self.classifier.class_map(cls.name)
            parts.append(class_map)
            if class_map is not None:
                names = {match.name for match in class_map.matches}
                parts += [acl for acl in self.classifier.acls if acl[0] in names]
            if cls.child and cls.child != policy:
                parts.append(self.closure(cls.child))
        return tuple(parts)


@lru_cache(maxsize=4096)
def parse(text: str) -> DeviceConfig:
    """Return what a running configuration says; unknown lines are skipped, none is an error."""
    reader = _Reader()
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("!"):
            continue
        if line[0].isspace():
            reader.inside(words)
        else:
            reader.top(words)
    return reader.result()


class _Reader:
    """Collects sections line by line; `_section` is the last top-level line's."""

    def __init__(self) -> None:
        self._hostname = ""
        self._class_maps: dict[str, ClassMap] = {}
        self._policies: dict[str, dict[str, PolicyClass]] = {}
        self._acls: dict[str, tuple[AclRule, ...]] = {}
        self._interfaces: dict[str, Interface] = {}
        self._operations: dict[int, SlaOperation] = {}
        self._peers: dict[str, DialPeer] = {}
        self._codec_lists: dict[str, CodecList] = {}
        self._is_responder = False
        self._keeps_indexes = False
        self._section = ("", "")
        self._class = ""

    def top(self, words: list[str]) -> None:  # noqa: C901 - one case per section
        self._section = ("", "")
        match words:
            case ["hostname", name]:
                self._hostname = name
            case ["class-map", *rest]:
                self._open_class_map(rest)
            case ["policy-map", name]:
                self._section, self._class = ("policy-map", name), ""
                self._policies.setdefault(name, {})
            case ["interface", *name]:
                self._section = ("interface", "".join(name))
                self._interfaces.setdefault("".join(name), Interface(name="".join(name)))
            case ["ip", "access-list", kind, name]:
                self._section = (kind, name)
                self._acls.setdefault(name, ())
            case ["access-list", number, *rest] if number.isdigit():
                self._add_rule(number, rest, is_standard=int(number) < 100)  # noqa: PLR2004 - IOS's numbering
            case ["ip", "sla", "responder"]:
                self._is_responder = True
            case ["ip", "sla", "schedule", number, *rest] if number.isdigit():
                self._schedule(int(number), rest)
            case ["ip", "sla", number] if number.isdigit():
                self._section = ("sla", number)
                self._operations.setdefault(int(number), SlaOperation(number=int(number)))
            case ["voice", "class", "codec", tag]:
                self._section = ("codecs", tag)
                self._codec_lists[tag] = CodecList(tag=tag)
            case ["dial-peer", "voice", tag, kind] if tag.isdigit():
                self._section = ("dial-peer", tag)
                self._peers[tag] = DialPeer(tag=int(tag), is_voip=kind == "voip")
            case ["snmp-server", "ifindex", "persist"]:
                self._keeps_indexes = True

    def inside(self, words: list[str]) -> None:
        kind, name = self._section
        if kind == "class-map" and words[0] == "match":
            known = self._class_maps[name]
            matches: tuple[Match, ...] = (*known.matches, parse_match(words[1:]))
            self._class_maps[name] = replace(known, matches=matches)
        elif kind == "policy-map":
            self._in_policy(name, words)
        elif kind == "interface":
            self._interfaces[name] = _interface_line(self._interfaces[name], words)
        elif kind in {"extended", "standard"}:
            self._add_rule(name, words, is_standard=kind == "standard")
        elif kind == "sla":
            number = int(name)
            self._operations[number] = parse_operation_line(self._operations[number], words)
        elif kind == "dial-peer":
            self._peers[name] = parse_dial_peer_line(self._peers[name], words)
        elif kind == "codecs":
            self._codec_lists[name] = parse_codec_line(self._codec_lists[name], words)

    def result(self) -> DeviceConfig:
        return DeviceConfig(
            hostname=self._hostname,
            classifier=Classifier(
                class_maps=tuple(self._class_maps.values()), acls=tuple(self._acls.items())
            ),
            policies=tuple(
                PolicyMap(name=name, classes=_with_default(classes))
                for name, classes in self._policies.items()
            ),
            interfaces=tuple(self._interfaces.values()),
            operations=tuple(self._operations.values()),
            is_responder=self._is_responder,
            keeps_indexes=self._keeps_indexes,
            dial_peers=tuple(self._peers.values()),
            codec_lists=tuple(self._codec_lists.values()),
        )

    def _open_class_map(self, words: list[str]) -> None:
        # IOS means match-all when neither is said.
        is_match_all = "match-any" not in words[:-1]
        if not words or "type" in words[:-1]:
            return
        self._section = ("class-map", words[-1])
        self._class_maps[words[-1]] = ClassMap(
            name=words[-1], is_match_all=is_match_all, matches=()
        )

    def _in_policy(self, policy: str, words: list[str]) -> None:
        classes = self._policies[policy]
        if words[0] == "class":
            self._class = words[-1]
            classes.setdefault(self._class, PolicyClass(name=self._class))
        elif self._class:
            classes[self._class] = parse_action(classes[self._class], words)

    def _add_rule(self, name: str, words: list[str], *, is_standard: bool) -> None:
        rule = parse_rule(words, is_standard=is_standard)
        if rule is not None:
            self._acls[name] = (*self._acls.get(name, ()), rule)

    def _schedule(self, number: int, words: list[str]) -> None:
        known = self._operations.setdefault(number, SlaOperation(number=number))
        text = " ".join(words)
        is_running = "start-time now" in text or "start-time after" in text
        self._operations[number] = replace(known, is_scheduled=is_running)


def _with_default(classes: dict[str, PolicyClass]) -> tuple[PolicyClass, ...]:
    default = classes.get(CLASS_DEFAULT, PolicyClass(name=CLASS_DEFAULT))
    return (*(cls for cls in classes.values() if cls.name != CLASS_DEFAULT), default)


def _interface_line(  # noqa: PLR0911 - one case per line
    known: Interface, words: list[str]
) -> Interface:
    match words:
        case ["description", *text]:
            return replace(known, description=" ".join(text))
        case ["bandwidth", kbps] if kbps.isdigit():
            return replace(known, bandwidth_bps=float(kbps) * 1000)
        case ["ip", "address", address, _]:
            return replace(known, address=address)
        case ["shutdown"]:
            return replace(known, is_shut=True)
        case ["service-policy", "input", name]:
            return replace(known, policy_in=name)
        case ["service-policy", "output", name]:
            return replace(known, policy_out=name)
    return known
