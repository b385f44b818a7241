"""`qosbot slack-sim`: a Slack workspace on loopback, to try approvals without Slack."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from qosbot.cli.door import Exit, complain, guarded


@guarded
def slack_sim(
    *,
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the workspace publishes its ports and tokens.")
    ] = Path(".qosbot/slack"),
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of 127.0.0.1; 0 takes a free one.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Of the ids; tokens are new each time.")] = 1,
    manifest: Annotated[
        Path | None,
        typer.Option(help="A Slack app manifest: grant exactly what it asks for."),
    ] = None,
    user: Annotated[
        list[str] | None, typer.Option(help="A person; repeat it.  alice, bob, mallory.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(metavar="NAME=USER,USER", help="A user group; repeat it.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="A channel; repeat it.  voice-alarms.")
    ] = None,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="End also when standard input closes.")
    ] = False,
) -> None:
    """Run a Slack workspace on this machine until SIGINT; print where it is as one line of JSON."""
    from qosbot.lab.slack.process import Place, run
    from qosbot.lab.slack.setup import AppGrant, Setup, SetupError, read_manifest

    try:
        users = tuple(user or ("alice", "bob", "mallory"))
        setup = Setup(
            seed=seed,
            users=users,
            channels=tuple(channel or ("voice-alarms",)),
            groups=_groups(group, users),
            grant=read_manifest(manifest) if manifest else AppGrant(),
        )
        place = Place(directory=directory, port=port)
        run(place, setup, ready=sys.stdout, until_eof=until_eof)
    except SetupError as error:
        complain(str(error))
        raise typer.Exit(Exit.WRONG_USE) from None


def _groups(given: list[str] | None, users: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the groups that were named; else voice-oncall with those of its usual two we have."""
    if given is None:
        return {"voice-oncall": tuple(one for one in ("alice", "bob") if one in users)}
    groups: dict[str, tuple[str, ...]] = {}
    for text in given:
        name, equals, members = text.partition("=")
        if not name or not equals or name in groups:
            complain(f"'{text}' is not a group", "for example: voice-oncall=alice,bob")
            raise typer.Exit(Exit.WRONG_USE)
        groups[name] = tuple(one for one in members.split(",") if one)
    return groups
