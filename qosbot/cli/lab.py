"""`qosbot lab`: a network on loopback to learn, demonstrate and test with."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from qosbot.cli.door import Exit, complain, guarded

DEFAULT_DIR = Path(".qosbot/lab")
_OURS = frozenset({"command", "lab_json", "token"})
"""Fields of a request that no argument may replace."""

LabDir = Annotated[
    Path, typer.Option("--dir", help="Where the lab publishes its ports and secrets.")
]

app = typer.Typer(help="Run a network on loopback, and change it from outside.")
ctl = typer.Typer(
    help="Change or show a running lab.  Arguments are key=value pairs; docs/lab.md lists them.",
    no_args_is_help=True,
)
app.add_typer(ctl, name="ctl")


@app.callback(invoke_without_command=True)
@guarded
def lab(
    context: typer.Context,
    *,
    directory: LabDir = DEFAULT_DIR,
    seed: Annotated[int, typer.Option(help="Of all that is random in the lab.")] = 1,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="End also when standard input closes.")
    ] = False,
    kernel: Annotated[
        bool,
        typer.Option("--kernel", help="On real queues: network namespaces of Linux, as root."),
    ] = False,
) -> None:
    """Start the lab and run it until SIGINT or SIGTERM; print its ports as one line of JSON."""
    if context.invoked_subcommand is not None:
        return
    from qosbot.lab.kernel.running import kernel_lab
    from qosbot.lab.process import run

    with _wrong_use():
        run(
            directory,
            seed=seed,
            ready=sys.stdout,
            until_eof=until_eof,
            make=kernel_lab if kernel else None,
        )


Pairs = Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...")]


@ctl.command("load")
@guarded
def load(pairs: Pairs = None, *, directory: LabDir = DEFAULT_DIR) -> None:
    """Change the calls or the data on a path, for example path=par-lyo calls=12."""
    _request(directory, "load", pairs)


@ctl.command("fault")
@guarded
def fault(pairs: Pairs = None, *, directory: LabDir = DEFAULT_DIR) -> None:
    """Inject or clear a fault, for example kind=silent-agent device=nan-ce1."""
    _request(directory, "fault", pairs)


@ctl.command("clock")
@guarded
def clock(pairs: Pairs = None, *, directory: LabDir = DEFAULT_DIR) -> None:
    """Show the lab's clock, or step it forward, for example step_s=60."""
    _request(directory, "clock", pairs)


@ctl.command("show")
@guarded
def show(pairs: Pairs = None, *, directory: LabDir = DEFAULT_DIR) -> None:
    """Show what is really so in the lab, for example what=network."""
    _request(directory, "show", pairs)


def _request(directory: Path, command: str, pairs: list[str] | None) -> None:
    from qosbot.lab.control import request

    with _wrong_use():
        answer = request(directory / "lab.json", command, **_arguments(pairs or []))
    print(json.dumps(answer, indent=2))


@contextmanager
def _wrong_use() -> Iterator[None]:
    """Turn what the lab refuses into its sentence and an exit code."""
    from qosbot.lab.control import LabError

    try:
        yield
    except LabError as error:
        complain(str(error))
        raise typer.Exit(Exit.WRONG_USE) from None


def _arguments(pairs: list[str]) -> dict[str, object]:
    arguments: dict[str, object] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.isidentifier():
            complain(f"'{pair}' is not key=value", "for example: calls=12")
            raise typer.Exit(Exit.WRONG_USE)
        if key in _OURS:
            complain(f"'{key}' is not for arguments", "docs/lab.md lists them")
            raise typer.Exit(Exit.WRONG_USE)
        if key in arguments:
            complain(f"'{key}' is given twice; keep one")
            raise typer.Exit(Exit.WRONG_USE)
        arguments[key] = _value(text)
    return arguments


def _value(text: str) -> object:
    """Return a number, true, false or null as JSON has them; anything else is text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
