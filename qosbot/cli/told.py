"""What a verb that changes something answers: a line for a person, or an object for a program."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qosbot.bootstrap import Records


@contextmanager
def told(facts: Callable[[], dict[str, object]], *, as_json: bool) -> Iterator[None]:
    """Let a verb print, or print its words in an object with how things stand afterwards.

    A verb that fails prints no object: its exit code and standard error say why.
    """
    if not as_json:
        yield
        return
    with redirect_stdout(StringIO()) as said:
        yield
    print(json.dumps({"words": said.getvalue().strip(), **facts()}, indent=2))


def how_it_stands(records: "Records", name: str) -> dict[str, object]:
    """Return where a remediation stands, who approved it so far, and what was decided."""
    from qosbot.render.plain_json import tree

    one = records.decisions.remediation(name)
    return {
        "id": name,
        "state": None if one is None else one.state.value,
        "votes": tree(records.decisions.votes(name)),
        "decision": tree(records.decisions.decision(name)),
    }


def how_switches_stand(records: "Records") -> dict[str, object]:
    """Return who paused changes, and where they are not made without a person any more."""
    controls = records.decisions.controls()
    return {
        "paused_by": controls.paused_by or None,
        "auto_off": {risk.value: why for risk, why in controls.auto_off.items()},
    }
