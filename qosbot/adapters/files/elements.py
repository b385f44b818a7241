"""The elements of hosts.yaml, groups.yaml and defaults.yaml, checked where they are written."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from qosbot.adapters.files import tree
from qosbot.adapters.files.checker import Checker, nearest
from qosbot.adapters.files.references import References
from qosbot.domain.inventory import AuthProtocol, PrivProtocol

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
NAME_FORM = "a name of letters, digits, dots, dashes and underscores"
_HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*\.?")
_ATTRIBUTES = ("port", "username", "password", "platform", "data")
_SHORTEST_KEY = 8
"""Characters of an SNMPv3 passphrase (RFC 3414, 11.2)."""
_MOST_GROUPS = 100
"""Through inheritance; nornir walks every way up, and ways multiply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementRules:
    """What an element may refer to."""

    references: References
    platforms: Collection[str]


def check_elements(
    node: tree.Node | None,
    what: str,
    check: Checker,
    rules: ElementRules,
    more: tuple[str, ...] = (),
) -> dict[str, tree.Node]:
    """Check every element of a file and return those with a usable name."""
    found: dict[str, tree.Node] = {}
    for key, value in check.entries(node, f"the file of {what}s"):
        name = key.text
        if not NAME.fullmatch(name):
            check.report(key.line, f"a {what}'s name is not {NAME_FORM}", "rename it")
            continue
        if not key.is_text:
            reads = f"{what} {name} would be read as a number or the like"
            check.report(key.line, reads, "put the name in quotes")
            continue
        found[name] = value
        check_element(value, f"{what} {name}", check, rules, (*more, "groups"))
    return found


def check_element(
    node: tree.Node, what: str, check: Checker, rules: ElementRules, more: tuple[str, ...]
) -> None:
    """Check a host, a group or the defaults; they differ in what they may say besides."""
    in_data = ("endpoints",) if "endpoints" in more else ()
    attributes = tuple(key for key in more if key != "endpoints")
    fields = check.fields(node, what, optional=(*_ATTRIBUTES, *attributes))
    _check_hostname(fields.get("hostname"), check)
    check.integer(fields.get("port"), "port", 1, 65535)
    check.text(fields.get("username"), "username")
    rules.references.check(fields.get("password"), "password", check)
    check.choice(fields.get("platform"), "platform", rules.platforms)
    data = check.fields(fields.get("data"), f"data of {what}", optional=("site", "snmp", *in_data))
    check.matching(data.get("site"), "site", NAME, NAME_FORM)
    if "snmp" in data:
        _check_snmp(data["snmp"], f"snmp of {what}", check, rules.references)


def _check_hostname(node: tree.Node | None, check: Checker) -> None:
    text = check.text(node, "hostname")
    if text is None or node is None or _HOST_NAME.fullmatch(text):
        return
    try:
        ipaddress.ip_address(text)
    except ValueError:
        check.report(node.line, "hostname is neither an address nor a name", "write 192.0.2.1")


def _check_snmp(node: tree.Node, what: str, check: Checker, references: References) -> None:
    version = _written(node, "version")
    if version == "2c":
        fields = check.fields(node, what, required=("version", "community"), optional=("port",))
        references.check(fields.get("community"), "community", check)
    elif version == "3":
        fields = check.fields(
            node,
            what,
            required=("version", "user"),
            optional=("port", "auth", "auth_key", "priv", "priv_key"),
        )
        check.text(fields.get("user"), "user")
        check.choice(fields.get("auth"), "auth", tuple(AuthProtocol))
        check.choice(fields.get("priv"), "priv", tuple(PrivProtocol))
        for key in ("auth_key", "priv_key"):
            references.check(fields.get(key), key, check, shortest=_SHORTEST_KEY)
        _check_pairs(fields, node.line, check)
    else:
        fields = check.fields(
            node,
            what,
            required=("version",),
            optional=("port", "community", "user", "auth", "auth_key", "priv", "priv_key"),
        )
        if "version" in fields:
            check.report(fields["version"].line, "SNMP version is unknown", "write `2c` or `3`")
        for key in ("community", "auth_key", "priv_key"):
            references.check(fields.get(key), key, check)
    check.integer(fields.get("port"), "port", 1, 65535)


def _check_pairs(fields: Mapping[str, tree.Node], line: int, check: Checker) -> None:
    for protocol, key in (("auth", "auth_key"), ("priv", "priv_key")):
        if (protocol in fields) != (key in fields):
            missing = key if protocol in fields else protocol
            check.report(line, f"snmp needs both {protocol} and {key}", f"add `{missing}:`")
    if "priv" in fields and "auth" not in fields:
        check.report(line, "snmp privacy needs authentication", "add `auth:` and `auth_key:`")


def _written(node: tree.Node, key: str) -> str:
    if isinstance(node, tree.Mapping):
        for name, value in node.entries:
            if name.text == key and isinstance(value, tree.Scalar):
                return value.text
    return ""


def groups_are_sound(
    groups: Mapping[str, tree.Node] | None,
    hosts: Mapping[str, tree.Node],
    check_groups: Checker,
    check_hosts: Checker,
) -> bool:
    """Return whether every group that is named exists and none is its own ancestor.

    `groups` is None where groups.yaml could not be read: nothing is sound then, and nothing is
    said of groups that are not there.
    """
    sound = groups is not None
    parents: dict[str, tuple[str, ...]] = {}
    described = groups or {}
    for elements, check in ((described, check_groups), (hosts, check_hosts)):
        for name, node in elements.items():
            named, known = _named_groups(node, groups, check)
            sound = sound and known
            if check is check_groups:
                parents[name] = named
    try:
        order = tuple(TopologicalSorter(parents).static_order())
    except CycleError as error:
        name = str(error.args[1][0])
        check_groups.report(
            described[name].line, f"group {name} is its own ancestor", "remove one from `groups:`"
        )
        return False
    ways: dict[str, int] = {}
    for name in order:
        ways[name] = 1 + sum(ways[parent] for parent in parents.get(name, ()))
        if ways[name] > _MOST_GROUPS:
            check_groups.report(
                described[name].line,
                f"group {name} inherits from more than {_MOST_GROUPS} groups",
                "flatten the groups",
            )
            return False
    return sound


def _named_groups(
    node: tree.Node, groups: Mapping[str, tree.Node] | None, check: Checker
) -> tuple[tuple[str, ...], bool]:
    if not isinstance(node, tree.Mapping):
        return (), False
    found: list[str] = []
    known = True
    listing = next((value for key, value in node.entries if key.text == "groups"), None)
    for item in check.items(listing, "groups") or ():
        name = check.text(item, "a group's name")
        if name in found:
            known = False
            check.report(item.line, f"group {name} is named twice", "remove one")
        elif name is not None and (groups is None or name in groups):
            found.append(name)
        else:
            known = False
            if name is not None and groups is not None:
                check.report(item.line, "there is no such group", nearest(name, groups))
    return tuple(found), known
