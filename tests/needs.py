"""Say what a test needs from the machine: skip on a user's, fail in CI."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def _has_program(name: str) -> Callable[[], bool]:
    # Debian keeps daemons in sbin, which a user's PATH leaves out.
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin"
    return lambda: shutil.which(name, path=path) is not None


SLACK_JS = Path(__file__).parent / "lab" / "slack_js"


def slack_js() -> Path:
    """Return the folder in which Slack's JavaScript SDKs are installed, or would be."""
    return Path(os.environ.get("QOSBOT_SLACK_JS") or SLACK_JS)


def _has_slack_js() -> bool:
    installed = slack_js() / "node_modules" / "@slack" / "socket-mode"
    return shutil.which("node") is not None and installed.is_dir()


KERNEL_PROGRAMS = ("ip", "tc", "nft", "snmpd", "nsenter", "setpriv")


def _could_have_queues() -> bool:
    """Return whether packages are all that may be missing here for real queues.

    Not where somebody else than root runs the tests, or the kernel has no network namespaces or
    no HTB.
    """
    if os.geteuid() != 0 or not _has_program("unshare")():
        return False
    tried = ["true"]
    if _has_program("tc")():
        tried = [program("tc"), "qdisc", "add", "dev", "lo", "root", "htb"]
    command = [program("unshare"), "--net", *tried]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _has_kernel_lab() -> bool:
    return all(_has_program(name)() for name in KERNEL_PROGRAMS) and _could_have_queues()


NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "snmpd": (_has_program("snmpd"), "net-snmp's agent is missing; install the package snmpd"),
    "recordings": (
        (SHARED / "recordings").is_dir,
        "recordings of real SNMP agents are not beside the checkout",
    ),
    "configs": (
        (SHARED / "configs").is_dir,
        "real device configurations are not beside the checkout",
    ),
    "emodel_vectors": (
        (SHARED / "reference" / "emodel_vectors.csv").is_file,
        "the E-model test vectors are not beside the checkout",
    ),
    "patience": (
        lambda: "true" in {os.environ.get("CI"), os.environ.get("QOSBOT_PATIENCE")},
        "it takes minutes; .ci/run runs it, or QOSBOT_PATIENCE=true",
    ),
    "soak": (lambda: True, ""),
    "slack_js": (
        _has_slack_js,
        "Slack's JavaScript SDKs are missing; run `npm ci` in tests/lab/slack_js",
    ),
    "kernel": (
        _has_kernel_lab,
        "real queues need root, network namespaces, and the packages iproute2, nftables, snmpd",
    ),
    "netmiko": (lambda: importlib.util.find_spec("netmiko") is not None, "netmiko is missing"),
}

ON_DEMAND = {
    "soak": ("QOSBOT_SOAK", "it takes long; `make soak` runs it"),
    "kernel": ("QOSBOT_KERNEL", "it takes the whole machine; `make kernel` runs it, as root"),
}
"""What runs only where somebody asks for it: by which variable, and how."""


IMPOSSIBLE: dict[str, Callable[[], bool]] = {"kernel": lambda: not _could_have_queues()}
"""Where no package would help: CI does without it, too."""


def needs(what: str) -> None:
    """Return if `what` is here; else skip with the reason, or fail when `CI=true`."""
    present, reason = NEEDS[what]
    if what in ON_DEMAND:
        asked, how = ON_DEMAND[what]
        if os.environ.get(asked) != "1":
            pytest.skip(how)
    if present():
        return
    if what in IMPOSSIBLE and IMPOSSIBLE[what]():
        pytest.skip(reason)
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have this: {reason}")
    pytest.skip(reason)


def program(name: str) -> str:
    """Return the path of a program that `needs` has found."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin"
    found = shutil.which(name, path=path)
    if found is None:
        raise FileNotFoundError(name)
    return found
