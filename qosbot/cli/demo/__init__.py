"""`qosbot demo`: a network in which things go wrong, and what qosbot makes of it."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qosbot.cli.door import Exit, complain, guarded
from qosbot.cli.tables import show

if TYPE_CHECKING:
    from qosbot.cli.demo.run import Played

Only = Annotated[
    str, typer.Option("--only", metavar="N[,N]", help="Play these scenarios.  [default: all]")
]
Seed = Annotated[int, typer.Option(help="Of all that is random in the lab.")]
Interactive = Annotated[
    bool, typer.Option("--interactive", help="Leave the decisions to you, in a second terminal.")
]
Kernel = Annotated[
    bool,
    typer.Option(
        "--kernel", help="On real queues: needs root; takes some minutes.  Plays 1, 2, 5 and 6."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]

_ON_THE_KERNEL = "1,2,5,6"
"""What is played on real queues unless something else is asked for."""


@guarded
def demo(
    *,
    only: Only = "",
    seed: Seed = 1,
    interactive: Interactive = False,
    kernel: Kernel = False,
    as_json: AsJson = False,
) -> None:
    """Let a lab's voice paths get into trouble, and serve them; ends within three minutes.

    Everything runs on loopback and in a temporary directory.  The exit code is 0 only if each
    scenario ended as it should, judged by the record, by the lab and by the routers' own
    configurations.
    """
    from qosbot.cli.demo.leaving import Leaving
    from qosbot.cli.demo.pace import KERNEL, MODEL
    from qosbot.cli.demo.run import play
    from qosbot.cli.demo.scenarios import programme
    from qosbot.cli.demo.screen import screen

    try:
        only = only or (_ON_THE_KERNEL if kernel else "")
        chosen = programme(int(number) for number in only.split(",") if number.strip())
    except ValueError as error:
        complain(f"--only {only}: {error}", "for example: --only 3,4")
        raise typer.Exit(Exit.WRONG_USE) from None
    leaving = Leaving()
    leaving.heed()
    with screen(as_json=as_json, is_interactive=interactive) as shown:
        for number in chosen.added:
            shown.tell(f"scenario {number} is played too: another one stands on it")
        pace = KERNEL if kernel else MODEL
        played = play(chosen, shown, leaving, seed=seed, is_interactive=interactive, pace=pace)
    if as_json:
        _print_json(played, seed)
    else:
        _print(played)
    if not played.is_right:
        raise typer.Exit(Exit.DEFECT)


def _print(played: "Played") -> None:
    from qosbot.cli.demo.screen import SUMMARY, summary

    print()
    caption = f"{played.took_s:.0f} s"
    show("how it ended", SUMMARY, summary(played.results), caption)
    for one in played.results:
        for words in one.failures:
            print(f"{one.scenario.number} {one.scenario.path}: {words}", file=sys.stderr)
    for words in played.errors:
        print(words, file=sys.stderr)


def _print_json(played: "Played", seed: int) -> None:
    from qosbot.cli.demo.expect import VOLATILE
    from qosbot.cli.demo.screen import result_tree

    answer = {
        "is_right": played.is_right,
        "seed": seed,
        "took_s": round(played.took_s, 1),
        "scenarios": [result_tree(one) for one in played.results],
        "errors": list(played.errors),
        "volatile_lines": list(VOLATILE),
    }
    print(json.dumps(answer, indent=2))
