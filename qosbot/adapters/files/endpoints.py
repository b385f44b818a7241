"""Addresses and ports that stand in for those of hosts.yaml, from a JSON file.

Useful behind address translation or a port forwarder; the lab writes one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qosbot.adapters.files import tree
from qosbot.adapters.files.checker import Checker
from qosbot.adapters.files.sources import Sources
from qosbot.adapters.files.tree import UnreadableFileError, read_text

_PATH = re.compile(r"[\w./~+@-]{1,4096}")
_ADDRESS = re.compile(r"[A-Za-z0-9.:_%-]{1,253}")
_HIGHEST_PORT = 65535
_ADVICE = "start `qosbot lab`, or remove the line `endpoints:` from defaults.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where to reach devices; `absent` is the directory of a file that is named but missing."""

    by_device: Mapping[str, Mapping[str, tuple[str, int]]] = field(default_factory=dict)
    """Device to `ssh` and `snmp`, each an address and a port."""
    known_hosts: str | None = None
    absent: Path | None = None


def read_endpoints(defaults: tree.Node | None, check: Checker, sources: Sources) -> Endpoints:
    """Return the endpoints of the file that defaults.yaml names, if it names one."""
    node = _value(_value(defaults, "data"), "endpoints")
    text = check.matching(node, "endpoints", _PATH, "a path without spaces")
    if text is None or node is None:
        return Endpoints()
    path = sources.directory / text
    try:
        content = read_text(path)
    except FileNotFoundError:
        check.report(node.line, f"endpoints: {text} does not exist", _ADVICE)
        return Endpoints(absent=path.parent.resolve())
    except UnreadableFileError as error:
        check.report(node.line, f"endpoints: {text} {error.what}", error.hint)
        return Endpoints()
    in_file = Checker(str(path), sources.problems, may_hold_secrets=True)
    return _endpoints(content, path, in_file)


def _endpoints(content: str, path: Path, check: Checker) -> Endpoints:
    try:
        document = json.loads(content)
    except json.JSONDecodeError as error:
        check.report(error.lineno, "is not JSON", _ADVICE)
        return Endpoints()
    except (ValueError, RecursionError):
        check.report(0, "is not JSON that can be read", _ADVICE)
        return Endpoints()
    devices = document.get("devices") if isinstance(document, dict) else None
    if not isinstance(devices, dict):
        check.report(0, "has no mapping `devices`", _ADVICE)
        return Endpoints()
    by_device: dict[str, dict[str, tuple[str, int]]] = {}
    for number, (name, entry) in enumerate(devices.items(), start=1):
        by_device[name] = {}
        for protocol in ("ssh", "snmp"):
            value = entry.get(protocol) if isinstance(entry, dict) else None
            endpoint = _endpoint(value)
            if endpoint is not None:
                by_device[name][protocol] = endpoint
            elif value is not None or not isinstance(entry, dict):
                what = f"device {number} of `devices` has no usable {protocol} address and port"
                check.report(0, what, 'write {"address": "192.0.2.1", "port": 22}')
    known_hosts = document.get("known_hosts")
    if known_hosts is not None and not isinstance(known_hosts, str):
        check.report(0, "known_hosts is not a path", _ADVICE)
        known_hosts = None
    if known_hosts is not None:
        known_hosts = str(path.parent / known_hosts)
    return Endpoints(by_device=by_device, known_hosts=known_hosts)


def _endpoint(value: object) -> tuple[str, int] | None:
    if not isinstance(value, dict):
        return None
    address, port = value.get("address"), value.get("port")
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        return None
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= _HIGHEST_PORT:
        return None
    return address, port


def _value(node: tree.Node | None, key: str) -> tree.Node | None:
    if isinstance(node, tree.Mapping):
        return next((value for name, value in node.entries if name.text == key), None)
    return None
