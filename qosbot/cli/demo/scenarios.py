"""The scenarios as data: where, what goes wrong, what is decided, and how it must end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qosbot.cli.demo import expect
from qosbot.cli.demo.expect import Expectation
from qosbot.domain.approvals import Choice
from qosbot.domain.findings import Cause
from qosbot.domain.inventory import Mode
from qosbot.domain.metrics import Reason
from qosbot.domain.remediation import State
from qosbot.domain.verification import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One request to the lab, as `qosbot lab ctl` makes it; `device` is added to a fault."""

    command: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing that goes wrong on one path, and what must come of it."""

    number: int
    title: str
    path: str
    trouble: tuple[Act, ...]
    """What goes wrong, to begin with."""
    twist: tuple[Act, ...] = ()
    """What happens once the change is in force."""
    choice: Choice | None = None
    """What the demo decides; None: nothing is there to decide on."""
    mode: Mode = Mode.PROPOSE
    """`auto` where policy.yaml decides in advance."""
    expects: tuple[Expectation, ...]
    """How it ends if it is approved, or if there is nothing to decide on."""
    stands_on: int | None = None
    """Another scenario whose end this one needs."""
    voice_percent: int | None = None
    """What the voice class has to begin with; None: as the router has it."""
    busy_hour_calls: int | None = None
    """What the inventory expects from then on; None: as in the example."""
    says: str = ""
    """What a person should know of the twist."""


def _uplink(path: str, **load: object) -> Act:
    """Return a load on the way from the branch to Paris."""
    return Act(command="load", arguments={"path": path, "direction": "backward", **load})


_HELPED = (
    expect.ended(State.DONE, Outcome.HELPED),
    expect.kept_and_saved,
    expect.mos_is_good,
    expect.voice_passes,
    expect.voice_recovered,
    expect.is_still_congested,
)
_UNTOUCHED = (expect.is_as_before, expect.no_configuration_session)
_PUT_BACK = (expect.is_as_before, expect.configuration_session)

REJECTED: tuple[Expectation, ...] = (expect.ended(State.REJECTED), *_UNTOUCHED)
"""Whatever was proposed: a rejection leaves no trace on the device."""

SCENARIOS = (
    Scenario(
        number=1,
        title="the uplink is full and has no policy",
        path="par-lyo",
        trouble=(_uplink("par-lyo", calls=8, data_bps=5_600_000),),
        choice=Choice.APPROVE,
        expects=(expect.found(Cause.NO_POLICY), *_HELPED),
        busy_hour_calls=8,
    ),
    Scenario(
        number=2,
        title="the voice class is too small",
        path="par-nan",
        trouble=(_uplink("par-nan", calls=8, data_bps=2_400_000),),
        choice=Choice.APPROVE,
        mode=Mode.AUTO,
        expects=(expect.found(Cause.VOICE_CLASS_TOO_SMALL), *_HELPED),
        voice_percent=5,
    ),
    Scenario(
        number=3,
        title="a line damages packets",
        path="par-lil",
        trouble=(Act(command="fault", arguments={"kind": "crc", "ratio": 0.15}),),
        expects=(
            expect.found(Cause.PHYSICAL_ERRORS),
            expect.nothing_proposed,
            expect.says("not of QoS"),
            expect.voice_is_lost,
            *_UNTOUCHED,
        ),
    ),
    Scenario(
        number=4,
        title="a proposal is rejected",
        path="par-bor",
        trouble=(_uplink("par-bor", calls=8, data_bps=2_000_000),),
        choice=Choice.REJECT,
        expects=(expect.found(Cause.CLASS_MATCHES_NOTHING), *_HELPED),
    ),
    Scenario(
        number=5,
        title="the change does not help",
        path="par-lil",
        trouble=(_uplink("par-lil", calls=20, data_bps=10_000_000),),
        twist=(
            _uplink("par-lil", name="backup", data_bps=1_100_000, dscp=46),
            _uplink("par-lil", data_bps=8_900_000),
        ),
        says="a backup begins to mark its packets as voice",
        choice=Choice.APPROVE,
        mode=Mode.AUTO,
        expects=(
            expect.found(Cause.VOICE_CLASS_TOO_SMALL),
            expect.ended(State.ROLLED_BACK, Outcome.NO_EFFECT, Outcome.HURT),
            expect.voice_is_lost,
            *_PUT_BACK,
        ),
        voice_percent=8,
    ),
    Scenario(
        number=6,
        title="the congestion goes away by itself",
        path="par-bor",
        trouble=(_uplink("par-bor", calls=8, data_bps=2_000_000),),
        twist=(_uplink("par-bor", data_bps=300_000),),
        says="the data goes away by itself",
        choice=Choice.APPROVE,
        expects=(
            expect.found(Cause.CLASS_MATCHES_NOTHING),
            expect.ended(State.ROLLED_BACK, Outcome.INCONCLUSIVE),
            expect.says("proves nothing"),
            expect.is_no_longer_congested,
            *_PUT_BACK,
        ),
    ),
    Scenario(
        number=7,
        title="more calls than the class may ever hold",
        path="par-lyo",
        trouble=(_uplink("par-lyo", calls=16, hold_s=10, data_bps=4_600_000),),
        choice=Choice.APPROVE,
        expects=(
            expect.found(Cause.VOICE_CLASS_TOO_SMALL),
            *_HELPED,
            expect.calls_follow("g729"),
        ),
        stands_on=1,
        busy_hour_calls=16,
    ),
    Scenario(
        number=0,
        title="a probe freezes",
        path="par-nan",
        trouble=(Act(command="fault", arguments={"kind": "frozen-probe"}),),
        expects=(expect.not_measured(Reason.STALE), expect.nothing_proposed, *_UNTOUCHED),
    ),
)

BY_NUMBER: Mapping[int, Scenario] = {one.number: one for one in SCENARIOS}


def judged_by(scenario: Scenario, choice: Choice | None) -> tuple[Expectation, ...]:
    """Return what an ending is held to, after what was decided."""
    return REJECTED if choice is Choice.REJECT else scenario.expects


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What is played: one lane for each path, all lanes at once."""

    lanes: tuple[tuple[Scenario, ...], ...]
    added: tuple[int, ...] = field(default=())
    """Played too, because another one stands on it."""


def programme(only: Iterable[int] = ()) -> Programme:
    """Return what is played; all of it where nothing is chosen.

    Raises:
        ValueError: for a number that no scenario has.
    """
    wanted = set(only)
    unknown = sorted(wanted - set(BY_NUMBER))
    if unknown:
        raise ValueError(f"there is no scenario {', '.join(map(str, unknown))}")
    needed = {
        base
        for number in wanted
        if (base := BY_NUMBER[number].stands_on) is not None and base not in wanted
    }
    chosen = [one for one in SCENARIOS if not wanted or one.number in wanted | needed]
    paths = dict.fromkeys(one.path for one in chosen)
    return Programme(
        lanes=tuple(tuple(one for one in chosen if one.path == path) for path in paths),
        added=tuple(sorted(needed)),
    )
