"""A change does what its intent says and nothing else, and its undo leaves no trace.

What a line does is decided by the lab's own router, which shares no code with the renderer.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.domain.errors import UnsupportedIntentError
from qosbot.domain.intents import (
    AddClassMatch,
    AttachVoicePolicy,
    ConfigChange,
    Intent,
    PreferCodec,
    SetPriority,
)
from qosbot.domain.policies import EF, Share
from qosbot.lab.startup import STARTUP
from qosbot.platforms.cisco_ios.lines import in_force, pending
from qosbot.platforms.cisco_ios.policy import parse
from qosbot.platforms.cisco_ios.render import holds, render, undone
from qosbot.platforms.cisco_ios.session import ERROR
from tests.lab.cli_bench import Bench, bench
from tests.platforms.ios_golden import BRANCH, edited

WAN, SPARE = "GigabitEthernet0/1", "GigabitEthernet0/2"
PORTS = {"GigabitEthernet0/0": 1e9, WAN: 1e9, SPARE: 1e9, "Serial0/0/0": 2048e3}
VOICE = """\
voice class codec 1
 codec preference 1 g711ulaw
 codec preference 2 g729r8 bytes 40
dial-peer voice 10 voip
 destination-pattern 2...
 session target ipv4:10.0.0.20
 voice-class codec 1 offer-all
dial-peer voice 20 voip
 destination-pattern 3...
 session target ipv4:10.0.0.20
 codec g711alaw
dial-peer voice 30 voip
 destination-pattern 5...
 session target ipv4:10.0.0.21
"""
SHARED = """\
class-map match-any VOICE
 match dscp cs5
policy-map WAN-OUT
 class VOICE
  priority percent 10
interface GigabitEthernet0/1
 bandwidth 10000
 service-policy output WAN-OUT
interface GigabitEthernet0/2
 bandwidth 10000
 service-policy output WAN-OUT
"""


def router(text: str) -> Bench:
    return bench(text, ports=PORTS)


def typed(at: Bench, lines: tuple[str, ...]) -> str:
    """Type lines at the lab's router and return what it objects to."""
    return at.configure("\n".join(lines)) if lines else ""


def proven(intent: Intent, at: Bench) -> ConfigChange:
    """Apply, apply again, take back, take back again: the laws of every change."""
    before = at.running()
    change = render(intent, before, "r1")
    assert not typed(at, change.apply)
    after = at.running()
    assert holds(intent, after)
    assert in_force(change.apply, after)
    assert not pending(change.apply, after)
    assert not change.apply or not undone(change, after)
    assert untouched(before, change) == untouched(after, change)
    assert not typed(at, change.apply)
    assert at.running() == after
    assert render(intent, after, "r1").apply == ()
    assert not typed(at, change.undo)
    assert at.running() == before
    assert undone(change, before)
    assert not pending(change.undo, before, creates=False)
    return change


def untouched(text: str, change: ConfigChange) -> list[str]:
    """Return the sections that the diff does not show."""
    shown = {line[1:] for line in change.diff.splitlines()}
    sections: list[list[str]] = []
    for line in text.splitlines():
        if line == "!":
            continue
        if line.startswith(" "):
            sections[-1].append(line)
        else:
            sections.append([line])
    return ["\n".join(section) for section in sections if section[0] not in shown]


def test_an_interface_without_a_policy_gets_one_that_serves_voice_first() -> None:
    at = router(STARTUP["lyo-ce1"])
    intent = AttachVoicePolicy(interface=WAN, priority_bps=1_046_400, reference_bps=4e6)
    change = proven(intent, at)
    typed(at, change.apply)
    policy = parse(at.running())
    queues = policy.policy_maps["QOSBOT-QUEUES"]
    assert [one.name for one in queues.classes] == [
        "QOSBOT-VOICE", "QOSBOT-SIGNAL", "class-default",
    ]  # fmt: skip
    assert queues.classes[0].priority == Share(bps=1_046_000)
    assert policy.class_maps["QOSBOT-VOICE"].dscp_values == frozenset({EF})


def test_a_fast_port_on_a_slow_circuit_is_shaped() -> None:
    at = router("interface GigabitEthernet0/1\n ip address 192.0.2.1 255.255.255.252\n")
    intent = AttachVoicePolicy(
        interface=WAN, priority_bps=1.5e6, reference_bps=1e9, shape_bps=9.5e6
    )
    change = proven(intent, at)
    assert "  shape average 9500000" in change.apply
    assert change.undo[0] == "interface GigabitEthernet0/1"
    assert change.undo[-4:] == (
        "no policy-map QOSBOT-SHAPER", "no policy-map QOSBOT-QUEUES",
        "no class-map match-any QOSBOT-VOICE", "no class-map match-any QOSBOT-SIGNAL",
    )  # fmt: skip


def test_a_second_interface_gets_names_of_its_own() -> None:
    at = router(STARTUP["lyo-ce1"])
    first = AttachVoicePolicy(interface=WAN, priority_bps=1e6, reference_bps=4e6)
    typed(at, render(first, at.running(), "r1").apply)
    second = AttachVoicePolicy(interface=SPARE, priority_bps=1e6, reference_bps=1e9)
    change = proven(second, at)
    assert "policy-map QOSBOT-QUEUES-2" in change.apply
    assert holds(first, at.running())


@pytest.mark.parametrize(
    ("device", "interface", "path", "wanted_bps", "line"),
    [
        ("nan-ce1", "Serial0/0/0", ("WAN-OUT", "VOICE"), 0.40 * 2048e3, "  priority percent 40"),
        ("nan-ce1", "Serial0/0/0", ("WAN-OUT", "VOICE"), 0.405 * 2048e3, "  priority percent 40"),
        ("nan-ce1", "Serial0/0/0", ("WAN-OUT", "VOICE"), 30e3, "  priority 30"),
        ("lil-ce1", WAN, ("WAN-SHAPER", "class-default", "WAN-QUEUES", "VOICE"), 0.33 * 9.5e6,
         "  priority percent 33"),
    ],
)  # fmt: skip
def test_a_priority_keeps_its_unit_where_a_whole_percent_is_near(
    device: str, interface: str, path: tuple[str, ...], wanted_bps: float, line: str
) -> None:
    intent = SetPriority(
        interface=interface, class_path=path, priority_bps=wanted_bps, reference_bps=9.5e6
    )
    change = proven(intent, router(STARTUP[device]))
    assert change.apply[-1] == line


def test_a_percent_of_nobody_knows_what_becomes_a_rate() -> None:
    text = SHARED.split("interface GigabitEthernet0/2", maxsplit=1)[0].replace(
        " bandwidth 10000\n", ""
    )
    intent = SetPriority(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), priority_bps=2e6, reference_bps=10e6
    )
    assert proven(intent, router(text)).apply[-1] == "  priority 2000"


def test_bandwidth_given_for_priority_is_exchanged() -> None:
    text = SHARED.split("interface GigabitEthernet0/2", maxsplit=1)[0].replace(
        "priority percent 10", "bandwidth percent 10"
    )
    intent = SetPriority(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), priority_bps=2e6, reference_bps=10e6
    )
    change = proven(intent, router(text))
    assert change.apply[-2:] == ("  no bandwidth percent 10", "  priority percent 20")


def test_a_class_that_nothing_can_be_in_is_freed_of_what_excludes_ef() -> None:
    intent = AddClassMatch(interface=WAN, class_path=("WAN-OUT", "VOICE"), dscp=EF)
    change = proven(intent, router(STARTUP["bor-ce1"]))
    assert change.apply == ("class-map match-all VOICE", " no match dscp cs3")
    assert change.undo == ("class-map match-all VOICE", " match dscp cs3")


@pytest.mark.parametrize(
    ("statements", "apply"),
    [
        ("match-any V\n match dscp cs5", (" match dscp ef",)),
        ("match-any V\n match access-group 101", (" match dscp ef",)),
        ("match-all V\n match dscp cs5", (" match dscp cs5 ef", " no match dscp cs5")),
        # The other statement says the same as the widened one: it must outlive our undo.
        ("match-all V\n match dscp cs5\n match dscp ef cs5", (" no match dscp cs5",)),
        ("match-all V\n match ip dscp cs5", (" match ip dscp cs5 ef", " no match ip dscp cs5")),
    ],
)
def test_a_class_is_widened_without_a_moment_in_which_it_matches_less(
    statements: str, apply: tuple[str, ...]
) -> None:
    text = f"""\
class-map {statements}
policy-map WAN-OUT
 class V
  priority percent 10
interface GigabitEthernet0/1
 service-policy output WAN-OUT
"""
    intent = AddClassMatch(interface=WAN, class_path=("WAN-OUT", "V"), dscp=EF)
    assert proven(intent, router(text)).apply[1:] == apply


@pytest.mark.parametrize(
    ("peer", "codec", "lines"),
    [
        (10, "g729a", (" codec preference 1 g729r8 bytes 40", " codec preference 2 g711ulaw",
                       "dial-peer voice 10 voip", " voice-class codec 101 offer-all")),
        (20, "g729a", (" codec preference 1 g729r8", " codec preference 2 g711alaw",
                       "dial-peer voice 20 voip", " no codec g711alaw",
                       " voice-class codec 101")),
        (30, "g711", (" codec preference 1 g711ulaw", " codec preference 2 g729r8",
                      "dial-peer voice 30 voip", " voice-class codec 101")),
    ],
)  # fmt: skip
def test_a_codec_is_preferred_by_a_new_list_and_one_switch(
    peer: int, codec: str, lines: tuple[str, ...]
) -> None:
    change = proven(PreferCodec(dial_peer=peer, codec=codec), router(VOICE))
    assert change.apply == ("voice class codec 101", *lines)
    assert change.undo[-1] == "no voice class codec 101"
    # No recording of a real device shows `offer-all`, so a person must look at it.
    assert change.is_verified_syntax is (peer != 10)


def test_nothing_is_typed_where_it_is_so_already() -> None:
    intent = PreferCodec(dial_peer=30, codec="g729a")
    assert render(intent, VOICE, "r1").apply == ()


REFUSED: list[tuple[str, Intent, str]] = [
    ("a policy is there", AttachVoicePolicy(
        interface=WAN, priority_bps=1e6, reference_bps=10e6), BRANCH),
    ("no such interface", AttachVoicePolicy(
        interface="GigabitEthernet9/9", priority_bps=1e6, reference_bps=10e6), BRANCH),
    ("other queueing", AttachVoicePolicy(
        interface="GigabitEthernet0/0", priority_bps=1e6, reference_bps=10e6), BRANCH),
    ("a subinterface", AttachVoicePolicy(
        interface="GigabitEthernet0/2.7", priority_bps=1e6, reference_bps=4e6),
     "interface GigabitEthernet0/2.7\n ip address 10.0.0.1 255.255.255.0\n"),
    ("more than fits", AttachVoicePolicy(
        interface=SPARE, priority_bps=3e6, reference_bps=4e6), BRANCH),
    ("more than there is", AttachVoicePolicy(
        interface=SPARE, priority_bps=5e6, reference_bps=4e6), BRANCH),
    ("a shape above the interface", AttachVoicePolicy(
        interface=SPARE, priority_bps=1e6, reference_bps=4e6, shape_bps=5e6), BRANCH),
    ("too small to say", AttachVoicePolicy(
        interface=SPARE, priority_bps=7e3, reference_bps=4e6), BRANCH),
    ("more than the shaper leaves", SetPriority(
        interface=WAN, priority_bps=7e6, reference_bps=9.5e6,
        class_path=("WAN-SHAPER", "class-default", "WAN-QUEUES", "VOICE")), BRANCH),
    ("another path", SetPriority(
        interface=WAN, class_path=("WAN-QUEUES", "VOICE"), priority_bps=1e6, reference_bps=9.5e6,
    ), BRANCH),
    ("class-default", SetPriority(
        interface=WAN, class_path=("WAN-SHAPER", "class-default"), priority_bps=1e6,
        reference_bps=9.5e6), BRANCH),
    ("an explicit policer", SetPriority(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), priority_bps=2e6, reference_bps=10e6),
     SHARED.replace("percent 10\n", "percent 10\n  police cir percent 10\n")),
    ("a priority without a bound", SetPriority(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), priority_bps=2e6, reference_bps=10e6,
        may_touch_others=True), SHARED.replace("priority percent 10", "priority")),
    ("a burst", SetPriority(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), priority_bps=2e6, reference_bps=10e6,
        may_touch_others=True), SHARED.replace("priority percent 10", "priority percent 10 64000")),
    ("a line that nobody understands", SetPriority(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), priority_bps=2e6, reference_bps=10e6,
        may_touch_others=True), SHARED.replace("percent 10\n", "percent 10\n  drb\n")),
    ("others share the policy", SetPriority(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), priority_bps=2e6, reference_bps=10e6),
     SHARED),
    ("others share the class", AddClassMatch(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), dscp=EF), SHARED),
    ("a match-all of more than code points", AddClassMatch(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), dscp=EF, may_touch_others=True),
     SHARED.replace("match-any VOICE", "match-all VOICE\n match access-group 101")),
    ("an earlier class has the packets", AddClassMatch(
        interface=WAN, class_path=("WAN-OUT", "DATA"), dscp=EF, may_touch_others=True),
     SHARED.replace("class-map", "class-map match-any DATA\n match dscp cs1\nclass-map").replace(
         "match dscp cs5", "match dscp ef").replace(
         "percent 10\n", "percent 10\n class DATA\n  bandwidth percent 5\n")),
    ("an emergency peer", PreferCodec(dial_peer=40, codec="g729a"), BRANCH),
    ("a fax peer", PreferCodec(dial_peer=50, codec="g729a"), BRANCH),
    ("no such peer", PreferCodec(dial_peer=99, codec="g729a"), BRANCH),
    ("a codec list that is not there", PreferCodec(dial_peer=10, codec="g729a"),
     BRANCH.replace("voice class codec 1\n", "voice class codec 2\n")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("intent", "running"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_would_do_harm_is_refused_when_proposing(intent: Intent, running: str) -> None:
    with pytest.raises(UnsupportedIntentError, match=r"^r1: "):
        render(intent, running, "r1")


def test_a_shared_policy_is_changed_only_when_asked() -> None:
    intent = SetPriority(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), priority_bps=2e6, reference_bps=10e6,
        may_touch_others=True,
    )  # fmt: skip
    assert proven(intent, router(SHARED)).interruption == "up to 1 s"
    matching = AddClassMatch(
        interface=WAN, class_path=("WAN-OUT", "VOICE"), dscp=EF, may_touch_others=True
    )
    proven(matching, router(SHARED))


def test_a_diff_shows_the_touched_sections_whole_and_no_secret() -> None:
    text = edited(" bandwidth 4000", " bandwidth 4000\n ppp chap password 7 CANARYDIFF")
    intent = AttachVoicePolicy(interface=SPARE, priority_bps=1e6, reference_bps=4e6)
    diff = render(intent, text, "r1").diff
    assert diff.splitlines()[:4] == [
        "--- running", "+++ proposed", "+class-map match-any QOSBOT-VOICE", "+ match dscp ef",
    ]  # fmt: skip
    assert " interface GigabitEthernet0/2" in diff.splitlines()
    assert "+ service-policy output QOSBOT-QUEUES" in diff.splitlines()
    assert "CANARY" not in diff
    assert "hostname" not in diff


def test_an_undo_never_makes_what_somebody_has_deleted() -> None:
    at = router(STARTUP["nan-ce1"])
    intent = SetPriority(
        interface="Serial0/0/0", class_path=("WAN-OUT", "VOICE"), priority_bps=819e3,
        reference_bps=2048e3,
    )  # fmt: skip
    change = render(intent, at.running(), "r1")
    typed(at, change.apply)
    typed(
        at, ("interface Serial0/0/0", " no service-policy output WAN-OUT", "no policy-map WAN-OUT")
    )
    assert pending(change.undo, at.running(), creates=False) == ()
    assert not undone(change, at.running())


def test_a_half_typed_change_is_finished_or_taken_back() -> None:
    intent = AttachVoicePolicy(interface=WAN, priority_bps=1e6, reference_bps=4e6, shape_bps=3.8e6)
    change = render(intent, router(STARTUP["lyo-ce1"]).running(), "r1")
    for typed_lines in range(len(change.apply)):
        at = router(STARTUP["lyo-ce1"])
        before = at.running()
        typed(at, change.apply[:typed_lines])
        halfway = at.running()
        assert not typed(at, pending(change.apply, halfway))
        assert holds(intent, at.running())
        again = router(STARTUP["lyo-ce1"])
        typed(again, change.apply[:typed_lines])
        assert not typed(again, pending(change.undo, halfway, creates=False))
        assert again.running() == before


@st.composite
def policies(draw: st.DrawFn) -> str:
    """Draw a router with an LLQ of some shape."""
    operator = draw(st.sampled_from(["match-any", "match-all"]))
    marks = st.lists(st.sampled_from(["ef", "cs5", "cs3", "af41", "17"]), min_size=1, max_size=3)
    statements = draw(st.lists(marks, min_size=1, max_size=3))
    unit = draw(st.sampled_from(["priority percent", "priority", "bandwidth percent"]))
    amount = draw(st.integers(1, 30)) * (1 if "percent" in unit else 100)
    nested = draw(st.booleans())
    lines = [f"class-map {operator} CALLS", *(f" match dscp {' '.join(s)}" for s in statements)]
    lines += ["class-map match-any BULK", " match dscp af11", "policy-map QUEUES"]
    lines += [" class BULK", f"  bandwidth percent {draw(st.integers(1, 40))}"]
    lines += [" class CALLS", f"  {unit} {amount}", " class class-default", "  fair-queue"]
    if nested:
        rate = draw(st.integers(1, 95)) * 100_000
        lines += ["policy-map OUTER", " class class-default", f"  shape average {rate}"]
        lines += ["  service-policy QUEUES"]
    lines += ["interface GigabitEthernet0/1"]
    lines += [" bandwidth 10000"] if draw(st.booleans()) else []
    lines += [f" service-policy output {'OUTER' if nested else 'QUEUES'}"]
    return "\n".join(lines) + "\n" + VOICE


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    """Draw an intent for a drawn router, with the path that fits if it is nested or flat."""
    outer = ("OUTER", "class-default") if draw(st.booleans()) else ()
    path = (*outer, "QUEUES", "CALLS")
    amount = float(draw(st.integers(8, 6000))) * 1000
    kinds: list[Intent] = [
        SetPriority(interface=WAN, class_path=path, priority_bps=amount, reference_bps=10e6),
        AddClassMatch(interface=WAN, class_path=path, dscp=EF),
        AttachVoicePolicy(interface=SPARE, priority_bps=amount, reference_bps=10e6),
        AttachVoicePolicy(interface=SPARE, priority_bps=amount, reference_bps=1e9, shape_bps=9.5e6),
        PreferCodec(dial_peer=10, codec="g729a"),
        PreferCodec(dial_peer=20, codec="g729a"),
    ]
    return draw(st.sampled_from(kinds))


@given(text=policies(), intent=intents())
@settings(max_examples=50, deadline=None)
def test_a_change_does_what_it_says_and_its_undo_leaves_no_trace(text: str, intent: Intent) -> None:
    at = router(text)
    try:
        render(intent, at.running(), "r1")
    except UnsupportedIntentError:
        return
    proven(intent, at)


def test_every_refusal_of_the_lab_is_known_as_an_error() -> None:
    at = router(STARTUP["nan-ce1"])
    for lines in (
        ("no class-map match-any VOICE",),
        ("no policy-map WAN-OUT",),
        ("interface Serial0/0/0", "service-policy output NONE"),
        ("interface Serial0/0/0", "service-policy output CORE-OUT"),
        ("policy-map WAN-OUT", "class VOICE", "bandwidth percent 10"),
        ("policy-map WAN-OUT", "class VOICE", "priority percent 90"),
        ("policy-map WAN-OUT", "class NONE"),
        ("nonsense",),
        ("policy-map",),
    ):
        said = typed(at, lines)
        assert ERROR.search(said), (lines, said)
