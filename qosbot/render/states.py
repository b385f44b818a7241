"""The table of a remediation as a page.

`python -m qosbot.render.states` prints `docs/states.md`.
"""

from qosbot.domain.remediation import ACTIONS, TRANSITIONS, State


def states_page() -> str:
    """Return `docs/states.md`."""
    rows = [
        f"| {state} | {'; '.join(_moves(state)) or 'end'} | {ACTIONS.get(state, '')} |"
        for state in State
    ]
    return "\n".join(
        (
            "# The states of a remediation",
            "",
            "Printed from the table in `qosbot/domain/remediation.py`; do not edit.",
            "",
            "A state without an action waits for a person or is an end. `wait` keeps the state",
            "and says why. Every move is saved, and stands in the history.",
            "",
            "| state | event → next state | action due |",
            "|---|---|---|",
            *rows,
            "",
        )
    )


def _moves(state: State) -> list[str]:
    return [
        event if after is state else f"{event} → {after}"
        for (before, event), after in TRANSITIONS.items()
        if before is state
    ]


if __name__ == "__main__":
    print(states_page(), end="")  # noqa: T201 - this module as a program prints the page
