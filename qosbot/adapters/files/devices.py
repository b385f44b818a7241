"""hosts.yaml, groups.yaml and defaults.yaml: a nornir SimpleInventory, and nornir inherits.

The files are checked as trees first, for their line numbers; nornir then loads the same files
and says what each host has after inheritance.  Secrets stay references all the way.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from nornir.core.inventory import Host, Hosts
from nornir.plugins.inventory.simple import SimpleInventory
from ruamel.yaml.error import YAMLError

from qosbot.adapters.files import tree
from qosbot.adapters.files.checker import Checker
from qosbot.adapters.files.elements import (
    ElementRules,
    check_element,
    check_elements,
    groups_are_sound,
)
from qosbot.adapters.files.endpoints import Endpoints, read_endpoints
from qosbot.adapters.files.references import References
from qosbot.adapters.files.sources import Sources
from qosbot.domain.inventory import (
    AuthProtocol,
    Device,
    PrivProtocol,
    SnmpAccess,
    SnmpV2c,
    SnmpV3,
    SshAccess,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """The devices, and the lines of all that are named, rightly described or not."""

    lines: Mapping[str, int]
    sites: Mapping[str, str]
    devices: Mapping[str, Device]


def read_devices(
    sources: Sources, platforms: Collection[str], environ: Mapping[str, str]
) -> Devices:
    """Return what the three files say; what is wrong goes to `sources.problems`."""
    hosts, check_hosts = sources.open("hosts.yaml", required=True, may_hold_secrets=True)
    groups, check_groups = sources.open("groups.yaml", required=False, may_hold_secrets=True)
    defaults, check_defaults = sources.open("defaults.yaml", required=False, may_hold_secrets=True)
    endpoints = read_endpoints(defaults, check_defaults, sources)
    references = References(sources.directory, environ, endpoints.absent)
    rules = ElementRules(references=references, platforms=platforms)
    if defaults is not None:
        check_element(defaults, "defaults", check_defaults, rules, ("endpoints",))
    group_nodes = check_elements(groups, "group", check_groups, rules)
    host_nodes = check_elements(hosts, "device", check_hosts, rules, ("hostname",))
    if isinstance(hosts, tree.Mapping) and not hosts.entries:
        check_hosts.report(hosts.line, "there is no device", "name one; see the example")
    is_known = "groups.yaml" not in sources.unreadable and isinstance(groups, tree.Mapping | None)
    known = group_nodes if is_known else None
    sound = groups_are_sound(known, host_nodes, check_groups, check_hosts)
    lines = {name: node.line for name, node in host_nodes.items()}
    is_whole = sound and bool(host_nodes) and not sources.unreadable
    inherited = _inherit(sources, check_hosts) if is_whole else None
    if inherited is None:
        return Devices(lines=lines, sites={}, devices={})
    sites: dict[str, str] = {}
    devices: dict[str, Device] = {}
    for name, line in lines.items():
        host = inherited.get(name)
        if host is None:
            check_hosts.report(line, f"device {name} is unknown to nornir", "rename it")
            continue
        if not _is_complete(host, line, check_hosts):
            continue
        sites[name] = str(host["site"])
        if not sources.problems:
            devices[name] = _device(host, references, endpoints)
    _note_shared(devices, lines, check_hosts)
    return Devices(lines=lines, sites=sites, devices=devices)


def _inherit(sources: Sources, check: Checker) -> Hosts | None:
    """Return nornir's hosts, or None where what it would stumble on is on record."""
    paths = [str(sources.directory / f"{name}.yaml") for name in ("hosts", "groups", "defaults")]
    try:
        return SimpleInventory(*paths).load().hosts
    except (
        YAMLError,
        OSError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ):
        # The library's errors quote the file, so nothing of them is kept.
        if not sources.problems:
            check.report(0, "nornir cannot load hosts, groups and defaults", "compare the example")
        return None


def _is_complete(host: Host, line: int, check: Checker) -> bool:
    present = {
        "hostname": host.hostname,
        "platform": host.platform,
        "data: site": host.get("site"),
        "data: snmp": host.get("snmp"),
    }
    for what, value in present.items():
        if value is None:
            where = "" if what == "hostname" else " there, in a group or in defaults.yaml"
            check.report(line, f"device {host.name} has no {what}", f"add `{what}:`{where}")
    if (host.username is None) != (host.password is None):
        missing = "username" if host.username is None else "password"
        check.report(
            line,
            f"device {host.name} has no {missing}",
            f"add `{missing}:`, or leave out both to only poll it",
        )
        return False
    return None not in present.values()


def _device(host: Host, references: References, endpoints: Endpoints) -> Device:
    endpoint = endpoints.by_device.get(host.name, {})
    address, ssh_port = endpoint.get("ssh", (str(host.hostname), host.port or 22))
    ssh = None
    if host.username is not None:
        ssh = SshAccess(
            address=address,
            port=ssh_port,
            username=host.username,
            password=references.secret(host.password),
            known_hosts=endpoints.known_hosts,
        )
    snmp = host["snmp"]
    address, snmp_port = endpoint.get("snmp", (str(host.hostname), snmp.get("port", 161)))
    return Device(
        name=host.name,
        platform=str(host.platform),
        site=str(host["site"]),
        address=address,
        snmp_port=snmp_port,
        snmp=_snmp(snmp, references),
        ssh=ssh,
    )


def _snmp(fields: Mapping[str, object], references: References) -> SnmpAccess:
    if "community" in fields:
        return SnmpV2c(community=references.secret(fields["community"]))
    has_auth, has_priv = "auth" in fields, "priv" in fields
    return SnmpV3(
        user=str(fields["user"]),
        auth=AuthProtocol(str(fields["auth"])) if has_auth else None,
        auth_key=references.secret(fields["auth_key"]) if has_auth else None,
        priv=PrivProtocol(str(fields["priv"])) if has_priv else None,
        priv_key=references.secret(fields["priv_key"]) if has_priv else None,
    )


def _note_shared(devices: Mapping[str, Device], lines: Mapping[str, int], check: Checker) -> None:
    """Note devices that are reached where another one is; what is done to one hits both."""
    first: dict[tuple[str, str, int], str] = {}
    for name, device in devices.items():
        reached = [("SNMP", device.address, device.snmp_port)]
        if device.ssh is not None:
            reached.append(("SSH", device.ssh.address, device.ssh.port))
        for protocol, address, port in reached:
            other = first.setdefault((protocol, _plain(address), port), name)
            if other != name:
                what = f"device {name} has the address and {protocol} port of {other}"
                check.report(lines[name], what, "remove one, or correct its hostname or port")
                break


def _plain(address: str) -> str:
    """Return an address or a name of the DNS as it is compared."""
    return address.lower().rstrip(".")
