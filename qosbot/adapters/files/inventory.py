"""The inventory as a whole: every file is read, every problem noted, then all or nothing."""

from collections.abc import Collection, Mapping
from pathlib import Path

from qosbot.adapters.files.devices import read_devices
from qosbot.adapters.files.links import read_links
from qosbot.adapters.files.paths import Known, read_paths
from qosbot.adapters.files.policy import read_policy
from qosbot.adapters.files.sources import Sources
from qosbot.domain.errors import ConfigurationError, Problem
from qosbot.domain.inventory import Inventory

_FILES = tuple(
    f"{name}.yaml" for name in ("hosts", "groups", "defaults", "links", "paths", "policy")
)


def load_inventory(
    directory: Path,
    *,
    codecs: Collection[str],
    platforms: Collection[str],
    environ: Mapping[str, str],
) -> Inventory:
    """Return what the files of a directory say, checked as a whole, secrets looked up.

    Args:
        directory: holds hosts.yaml, links.yaml and paths.yaml; groups.yaml, defaults.yaml and
            policy.yaml may be absent.
        codecs: the names that a path's `codec` may have.
        platforms: the names that a device's `platform` may have.
        environ: where `${env:NAME}` is looked up.

    Raises:
        ConfigurationError: with all problems of all files; it quotes no secret.
    """
    if not directory.is_dir():
        hint = "name a directory with --inventory, or run `qosbot init DIR` to write one"
        problem = Problem(file=str(directory), line=0, what="is not a directory", hint=hint)
        raise ConfigurationError([problem])
    sources = Sources(directory=directory)
    devices = read_devices(sources, platforms, environ)
    links = read_links(sources, devices.lines)
    known = Known(devices=devices.lines, sites=devices.sites, links=links.lines, codecs=codecs)
    paths = read_paths(sources, known)
    policy = read_policy(sources)
    sources.note_strays(_FILES)
    if sources.problems:
        raise ConfigurationError(sorted(sources.problems))
    return Inventory(devices=devices.devices, links=links.links, paths=paths, policy=policy)
