"""`qosbot init DIR`: write the example inventory and playbooks for a new user."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from qosbot.cli.door import guarded

_KINDS = ("inventory", "playbooks")
_SUFFIXES = (".yaml", ".md")


@guarded
def init_verb(
    directory: Annotated[Path, typer.Argument(help="Where to write; made if it is missing.")],
) -> None:
    """Write an example inventory and playbooks into DIRECTORY; overwrite nothing."""
    for path in init(directory):
        print(path)
    print(next_steps(directory))


def init(directory: Path) -> list[Path]:
    """Write the example files into a directory and return their paths.

    Raises:
        ConfigurationError: if the directory has an inventory or playbooks already, or cannot
            be written; nothing that is there is changed.
    """
    from qosbot.domain.errors import ConfigurationError, Problem

    taken = [directory / kind for kind in _KINDS if (directory / kind).exists()]
    if taken:
        hint = "name another directory, or move it away"
        raise ConfigurationError(
            [Problem(file=str(path), line=0, what="exists already", hint=hint) for path in taken]
        )
    examples = _examples()
    written: list[Path] = []
    try:
        for kind in _KINDS:
            (directory / kind).mkdir(parents=True)
            for source in sorted((examples / kind).iterdir(), key=lambda item: item.name):
                if not source.name.endswith(_SUFFIXES):
                    continue
                target = directory / kind / source.name
                with target.open("xb") as file:
                    file.write(source.read_bytes())
                written.append(target)
    except OSError as error:
        what = f"cannot be written: {(error.strerror or 'input/output error').lower()}"
        problem = Problem(file=str(directory), line=0, what=what, hint="name another directory")
        raise ConfigurationError([problem]) from error
    return written


def next_steps(directory: Path) -> str:
    """Return what a new user does after `init`."""
    return (
        "\nThese files describe the lab.  To see it:\n"
        f"  cd {directory}\n"
        "  qosbot lab             # in one terminal: the network on loopback\n"
        "  qosbot check           # in another: is the inventory right?\n"
        "  qosbot poll            # read the devices over SNMP\n"
        "  qosbot paths           # the voice paths with their MOS\n"
        "For your own network edit inventory/: in defaults.yaml and groups.yaml name your own\n"
        "secrets and remove the line `endpoints:`.  The policy only observes until you change it."
    )


def _examples() -> Traversable:
    """Return where the examples are: inside an installed package, or beside it in a checkout."""
    package = resources.files("qosbot")
    installed = package / "examples"
    if installed.is_dir():
        return installed
    return Path(str(package)).parent
