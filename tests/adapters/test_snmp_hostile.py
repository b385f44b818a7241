"""Agents that misbehave: none of them costs the others their poll, or the poller its memory."""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence

import pytest

from qosbot.adapters.snmp.engine import Engine
from qosbot.adapters.snmp.gufo_engine import GufoEngine
from qosbot.adapters.snmp.poller import SnmpPoller
from qosbot.adapters.snmp.pysnmp_engine import PysnmpEngine
from qosbot.adapters.snmp.walker import Caps
from qosbot.domain.inventory import AuthProtocol, PrivProtocol, Secret, SnmpV2c, SnmpV3
from qosbot.platforms import PLATFORMS
from qosbot.ports.polling import Oid
from tests.adapters.test_snmp_walks import (
    DESCR,
    HC_IN_OCTETS,
    StandingClock,
    agent_of,
    interface,
)
from tests.contracts.agents import Reply, device, polled, serving, silent_socket
from tests.platforms.snmprec import Cell

ENGINES: dict[str, Callable[[], Engine]] = {"gufo": GufoEngine, "pysnmp": PysnmpEngine}
FEW = Caps(column_rows=50, column_pages=20, column_s=20.0, bytes=1_000_000)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]()


@pytest.fixture
def poller(engine: Engine) -> Iterator[SnmpPoller]:
    with contextlib.closing(SnmpPoller(engine, PLATFORMS, StandingClock(), caps=FEW)) as made:
        yield made


@pytest.fixture
def hasty(engine: Engine) -> Iterator[SnmpPoller]:
    """Yield a poller that waits less, for what is not answered."""
    made = SnmpPoller(engine, PLATFORMS, StandingClock(), timeout_s=0.3, caps=FEW)
    with contextlib.closing(made):
        yield made


def _garbage(_: bytes, __: Callable[[], bytes | None]) -> Sequence[bytes]:
    return [b"\x30\x82\xff\xff" + b"garbage" * 100]


def _echo(datagram: bytes, _: Callable[[], bytes | None]) -> Sequence[bytes]:
    return [datagram]


def _empty(_: bytes, __: Callable[[], bytes | None]) -> Sequence[bytes]:
    return [b""]


def _other_request(_: bytes, answer: Callable[[], bytes | None]) -> Sequence[bytes]:
    """Answer with another request id: the last octet of the one right after the PDU's tag."""
    reply = bytearray(answer() or b"")
    at = reply.index(0xA2)
    length_octets = reply[at + 1] & 0x7F if reply[at + 1] & 0x80 else 0
    start = at + 2 + length_octets
    reply[start + 1 + reply[start + 1]] ^= 0x01
    return [bytes(reply)]


@pytest.mark.parametrize("reply", [_garbage, _echo, _empty, _other_request])
def test_an_agent_that_talks_nonsense_is_silent_and_harms_nobody(
    poller: SnmpPoller, reply: Reply
) -> None:
    bad = agent_of(interface(1, "Gi0/1"))
    bad.reply = reply
    with serving(bad), serving(agent_of(interface(1, "Gi0/1", 42))) as good:
        devices = [device(bad.port, name="bad"), device(good.port, name="good")]
        poll, waited_s = polled(poller, devices, good="good", deadline_s=2.4)
    assert [one.in_octets for one in poll.samples["good"].interfaces] == [42]
    assert poll.silent["bad"] in {
        f"no answer to 3 requests of {waited_s:g} s each",
        "answered with something that is not SNMP",
        "answered without the objects that were asked for",
        # On a machine that is busy with other tests.
        "deadline of 2.4 s passed before it had answered",
    }


@pytest.mark.parametrize("reply_twice", [lambda _, answer: [answer() or b""] * 2])
def test_answers_that_come_twice_count_once(poller: SnmpPoller, reply_twice: Reply) -> None:
    agent = agent_of(*(interface(n, f"Gi0/{n}", n) for n in range(1, 6)))
    agent.reply = reply_twice
    with serving(agent):
        poll = poller.poll([device(agent.port)], deadline_s=20.0)
    assert [one.in_octets for one in poll.samples["r1"].interfaces] == [1, 2, 3, 4, 5]


def test_a_walk_without_end_is_ended(poller: SnmpPoller) -> None:
    agent = agent_of(*(interface(n, f"Gi0/{n}") for n in range(1, 300)))
    with serving(agent):
        poll = poller.poll([device(agent.port)], deadline_s=60.0)
    sample = poll.samples["r1"]
    assert 50 <= len(sample.interfaces) < 299
    assert any("1.3.6.1.2.1.2.2.1.2 ended after" in gap for gap in sample.gaps)
    assert any("too many rows" in gap for gap in sample.gaps)


def test_a_walk_in_a_circle_is_ended(poller: SnmpPoller) -> None:
    agent = agent_of(interface(1, "Gi0/1"), interface(2, "Gi0/2"))
    agent.stuck = DESCR
    with serving(agent):
        poll = poller.poll([device(agent.port)], deadline_s=60.0)
    assert any("does not follow" in gap for gap in poll.samples["r1"].gaps)


def test_strings_as_long_as_a_datagram_fill_no_memory_and_no_screen(poller: SnmpPoller) -> None:
    long = [((*DESCR, n), Cell(tag="4", value=b"x" * 40_000)) for n in range(2, 5)]
    agent = agent_of(interface(1, "Gi0/1", 7), long)
    with serving(agent):
        poll = poller.poll([device(agent.port)], deadline_s=60.0)
    sample = poll.samples["r1"]
    assert sample.interfaces == () or sample.interfaces[0].interface == "Gi0/1"
    assert all(len(one.interface) <= 255 for one in sample.interfaces)
    assert all(len(gap) < 300 for gap in sample.gaps)


def test_an_agent_that_falls_silent_says_how_much_is_missing(hasty: SnmpPoller) -> None:
    agent = agent_of(*(interface(n, f"Gi0/{n}", n) for n in range(1, 20)))
    with serving(agent):
        hasty.poll([device(agent.port)], deadline_s=20.0)
        heard = agent.requests
        agent.reply = lambda _, answer: [answer() or b""] if agent.requests < heard + 4 else []
        poll = hasty.poll([device(agent.port)], deadline_s=20.0)
    (gap,) = poll.samples["r1"].gaps
    assert gap.endswith("values were not read: no answer to 3 requests of 0.3 s each")
    assert 0 < len(poll.samples["r1"].interfaces) < 19


def test_no_secret_is_in_a_reason_a_log_or_a_representation(
    poller: SnmpPoller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    access = SnmpV3(
        user="reader",
        auth=AuthProtocol.SHA1,
        auth_key=Secret("very-secret-auth"),
        priv=PrivProtocol.AES128,
        priv_key=Secret("very-secret-priv"),
    )
    with silent_socket() as port:
        devices = [
            device(port, name="v3", snmp=access),
            device(port, name="v2", snmp=SnmpV2c(community=Secret("very-secret-community"))),
            device(port, name="short", snmp=_with_key(access, "very")),
        ]
        poll = poller.poll(devices, deadline_s=2.0)
    assert poll.silent.keys() == {"v2", "v3", "short"}
    assert "very" not in repr(poll) + repr(devices) + repr(vars(poller)) + caplog.text


def _with_key(access: SnmpV3, key: str) -> SnmpV3:
    return SnmpV3(
        user=access.user,
        auth=access.auth,
        auth_key=Secret(key),
        priv=access.priv,
        priv_key=access.priv_key,
    )


def test_one_object_that_an_agent_cannot_answer_costs_that_object_only(
    poller: SnmpPoller,
) -> None:
    agent = agent_of(*(interface(n, f"Gi0/{n}", n) for n in range(1, 6)))
    agent.poison = (*DESCR[:-1], 14, 3)  # ifInErrors of the third
    with serving(agent):
        poll = poller.poll([device(agent.port)], deadline_s=20.0)
    sample = poll.samples["r1"]
    assert [one.in_octets for one in sample.interfaces] == [1, 2, 3, 4, 5]
    assert len(sample.gaps) == 1
    assert sample.gaps[0].startswith("1.3.6.1.2.1.2.2.1.14.3 was not read")


def test_an_answer_about_another_object_is_not_taken_for_the_one_asked(
    hasty: SnmpPoller,
) -> None:
    asked, other = _encoded((*HC_IN_OCTETS, 2)), _encoded((*HC_IN_OCTETS, 9))
    agent = agent_of(interface(1, "Gi0/1", 11), interface(2, "Gi0/2", 22))
    with serving(agent):
        hasty.poll([device(agent.port)], deadline_s=20.0)  # walked, so that only GETs follow
        agent.reply = lambda _, answer: [(answer() or b"").replace(asked, other)]
        poll = hasty.poll([device(agent.port)], deadline_s=20.0)
    (one,) = poll.samples["r1"].interfaces
    assert (one.interface, one.in_octets) == ("Gi0/1", 11)
    (gap,) = poll.samples["r1"].gaps
    assert gap.endswith("was not read: answered with objects that were not asked for")


def _encoded(oid: Oid) -> bytes:
    return bytes([40 * oid[0] + oid[1], *oid[2:]])
