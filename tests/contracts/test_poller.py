"""What every engine must do with every agent, over real SNMP on loopback."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qosbot.adapters.snmp.engine import Engine
from qosbot.adapters.snmp.gufo_engine import GufoEngine
from qosbot.adapters.snmp.poller import SnmpPoller
from qosbot.adapters.snmp.pysnmp_engine import PysnmpEngine
from qosbot.domain.inventory import Device, SnmpAccess
from qosbot.domain.metrics import Measured, derive
from qosbot.domain.samples import DeviceSample
from qosbot.platforms import PLATFORMS
from qosbot.ports.polling import Oid
from tests.contracts.agents import (
    V2C,
    V3,
    V3_OF_LAB,
    V3_SHA256,
    RecordedAgent,
    device,
    lab_router,
    net_snmp,
    polled,
    serving,
    silent_socket,
)
from tests.needs import needs
from tests.platforms.snmprec import Cell, oid, recording

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENGINES: dict[str, Callable[[], Engine]] = {"gufo": GufoEngine, "pysnmp": PysnmpEngine}
IF_DESCR = oid("1.3.6.1.2.1.2.2.1.2")
IF_TABLES = {oid("1.3.6.1.2.1.2"), oid("1.3.6.1.2.1.31")}
SYS_UPTIME = oid("1.3.6.1.2.1.1.3.0")
LONG_S = 60.0
"""A bound that no test comes near; nothing here measures time."""


class StandingClock:
    """Our clock, which no assertion here depends on."""

    def now(self) -> datetime:
        return NOON


@pytest.fixture(params=ENGINES)
def poller(request: pytest.FixtureRequest) -> Iterator[SnmpPoller]:
    made = SnmpPoller(ENGINES[request.param](), PLATFORMS, StandingClock())
    yield made
    made.close()


@contextlib.contextmanager
def recorded(name: str, interfaces: int = 200) -> Iterator[Device]:
    with serving(RecordedAgent(_first(interfaces, recording(name)))) as agent:
        yield device(agent.port)


def _first(interfaces: int, cells: Sequence[tuple[Oid, Cell]]) -> list[tuple[Oid, Cell]]:
    """Return a recording with fewer interfaces, so that it is read sooner."""
    kept = [at[-1] for at, _ in cells if at[:-1] == IF_DESCR][:interfaces]
    return [one for one in cells if one[0][:7] not in IF_TABLES or one[0][-1] in kept]


@contextlib.contextmanager
def net_snmp_v2c(directory: Path) -> Iterator[Device]:
    with net_snmp(directory) as port:
        yield device(port, snmp=V2C)


@contextlib.contextmanager
def net_snmp_v3(directory: Path) -> Iterator[Device]:
    with net_snmp(directory) as port:
        yield device(port, snmp=V3)


@contextlib.contextmanager
def net_snmp_v3_sha256(directory: Path) -> Iterator[Device]:
    with net_snmp(directory) as port:
        yield device(port, snmp=V3_SHA256)


@contextlib.contextmanager
def lab(access: SnmpAccess) -> Iterator[Device]:
    with lab_router() as port:
        yield device(port, snmp=access)


Agent = Callable[[Path], contextlib.AbstractContextManager[Device]]

AGENTS: dict[str, Agent] = {
    "snmpd v2c": net_snmp_v2c,
    "snmpd v3 sha aes": net_snmp_v3,
    "snmpd v3 sha256 aes": net_snmp_v3_sha256,
    "recordings: catalyst 9300": lambda _: recorded("librenms/iosxe_c9300.snmprec", 9),
    "recordings: xr, indexes above 2**31": lambda _: recorded("librenms/iosxr_ncs540.snmprec", 30),
    "recordings: xr, ip sla": lambda _: recorded("librenms/iosxr_asr9010.snmprec", 9),
    "recordings: asa": lambda _: recorded("librenms/asa.snmprec", 9),
    "the lab's v2c": lambda _: lab(V2C),
    "the lab's v3": lambda _: lab(V3_OF_LAB),
}
"""One line each; a new agent joins here."""


@pytest.fixture(params=AGENTS)
def agent(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Device]:
    for what in ("recordings", "snmpd"):
        if what in request.param:
            needs(what)
    with AGENTS[request.param](tmp_path) as made:
        yield made


def sample_of(poller: SnmpPoller, one: Device, deadline_s: float = LONG_S) -> DeviceSample:
    poll = poller.poll([one], deadline_s=deadline_s)
    assert poll.silent == {}
    return poll.samples[one.name]


@pytest.mark.slow
def test_every_agent_is_read_whole_and_again(poller: SnmpPoller, agent: Device) -> None:
    first, second = sample_of(poller, agent), sample_of(poller, agent)
    assert first.gaps == second.gaps == ()
    assert first.interfaces
    assert all(one.uptime_s > 0 for one in first.interfaces)
    assert _names(first) == _names(second)
    assert second.clock.uptime_s >= first.clock.uptime_s
    for row in derive(first, second).interfaces:
        assert not isinstance(row.in_rate_bps, Measured) or row.in_rate_bps.value >= 0


def _names(sample: DeviceSample) -> list[str]:
    return [one.interface for one in sample.interfaces]


def test_both_engines_read_the_same_from_a_recording() -> None:
    with recorded("librenms/iosxr_ncs540.snmprec") as one:
        samples = []
        for engine in ENGINES.values():
            poller = SnmpPoller(engine(), PLATFORMS, StandingClock())
            samples.append(sample_of(poller, one))
            poller.close()
    assert samples[0] == samples[1]
    assert len(samples[0].classes) == 71


def test_a_silent_device_among_good_ones_is_a_result_with_a_reason(poller: SnmpPoller) -> None:
    with recorded("librenms/ios_c3560-slas.snmprec") as good, silent_socket() as port:
        devices = [device(port, name="dead"), good]
        poll, waited_s = polled(poller, devices, good=good.name, deadline_s=4.0)
    assert list(poll.samples) == ["r1"]
    assert poll.silent == {"dead": f"no answer to 3 requests of {waited_s:g} s each"}


@pytest.mark.slow
def test_a_device_that_answers_too_slowly_is_late_and_not_waited_for(poller: SnmpPoller) -> None:
    slow = RecordedAgent(list(recording("librenms/iosxe_c9300.snmprec")))
    slow.reply = lambda _, answer: _unless_walked(slow, answer)
    with serving(slow), recorded("librenms/ios_c3560-slas.snmprec") as good:
        devices = [device(slow.port, name="slow"), good]
        # A good device has longer where the machine is too busy for it to answer in 5 s.
        for deadline_s in (5.0, 30.0):
            poll = poller.poll(devices, deadline_s=deadline_s)
            if good.name in poll.samples:
                break
    assert list(poll.samples) == ["r1"]
    assert poll.silent == {"slow": f"deadline of {deadline_s:g} s passed before it had answered"}


def _unless_walked(agent: RecordedAgent, answer: Callable[[], bytes | None]) -> list[bytes]:
    """Show signs of life but no table: nine waits for pages, each an eighth of the deadline."""
    walked = agent.walked
    reply = answer() or b""
    return [reply] if agent.walked == walked else []


def test_a_wrong_community_is_silence(poller: SnmpPoller) -> None:
    stranger = type(V2C)(community=type(V2C.community)("wrong"))
    with recorded("librenms/ios_c3560-slas.snmprec") as one:
        wrong = device(one.snmp_port, snmp=stranger)
        poll = poller.poll([wrong], deadline_s=2.0)
    assert poll.silent == {"r1": "no answer to 3 requests of 0.25 s each"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("user", "key"), [("reader", "wrong-key-wrong"), ("nobody", "any-key-at-all")]
)
def test_a_wrong_v3_user_or_key_is_named_and_not_shown(
    poller: SnmpPoller, tmp_path: Path, user: str, key: str
) -> None:
    needs("snmpd")
    secret = type(V2C.community)(key)
    access = type(V3)(user=user, auth=V3.auth, auth_key=secret, priv=V3.priv, priv_key=V3.priv_key)
    with net_snmp(tmp_path) as port:
        poll = poller.poll([device(port, snmp=access)], deadline_s=LONG_S)
    assert poll.silent == {"r1": "SNMPv3 user or key refused"}


@pytest.mark.slow
def test_a_wrong_privacy_key_is_silence(poller: SnmpPoller, tmp_path: Path) -> None:
    needs("snmpd")
    wrong = type(V2C.community)("wrong-key-wrong")
    access = type(V3)(
        user=V3.user, auth=V3.auth, auth_key=V3.auth_key, priv=V3.priv, priv_key=wrong
    )
    with net_snmp(tmp_path) as port:
        poll = poller.poll([device(port, snmp=access)], deadline_s=4.0)
    assert poll.silent["r1"].startswith("no answer to 3 requests of 0.5 s each")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["80001f8801", "80001f8802"], ids=["restarted", "replaced"])
def test_an_agent_that_restarts_or_is_replaced_is_read_again_over_v3(
    poller: SnmpPoller, tmp_path: Path, engine: str
) -> None:
    needs("snmpd")
    with net_snmp(tmp_path) as port:
        before = sample_of(poller, device(port, snmp=V3), deadline_s=12.0)
    with net_snmp(tmp_path, port, engine=engine, boots=7) as port:
        after = sample_of(poller, device(port, snmp=V3), deadline_s=12.0)
    assert (before.clock.engine_boots, before.clock.engine_id) != (
        after.clock.engine_boots,
        after.clock.engine_id,
    )
    assert after.clock.engine_id == engine
    assert after.gaps == ()


def test_nothing_listening_is_said_at_once(poller: SnmpPoller) -> None:
    with silent_socket() as port:
        pass
    poll = poller.poll([device(port)], deadline_s=4.0)
    assert poll.silent["r1"] in {"no agent on its port", "no answer to 3 requests of 0.5 s each"}


def test_a_platform_that_nobody_knows_is_a_reason_and_no_error(poller: SnmpPoller) -> None:
    one = device(1)
    unknown = type(one)(name="x", platform="acme", site="par", address="127.0.0.1", snmp=V2C)
    poll = poller.poll([unknown], deadline_s=1.0)
    assert poll.silent == {"x": "nothing is known about reading platform 'acme'"}


def test_a_poll_of_nothing_is_empty(poller: SnmpPoller) -> None:
    poll = poller.poll([], deadline_s=1.0)
    assert (poll.samples, poll.silent) == ({}, {})


def test_a_closed_poller_refuses_and_closes_twice(poller: SnmpPoller) -> None:
    poller.close()
    poller.close()
    with pytest.raises(ValueError, match="closed"):
        poller.poll([], deadline_s=1.0)


def test_one_poller_serves_many_devices_at_once(poller: SnmpPoller) -> None:
    with recorded("librenms/ios_c3560-slas.snmprec") as one:
        devices = [device(one.snmp_port, name=f"r{n}") for n in range(4)]
        poll = poller.poll(devices, deadline_s=LONG_S)
    assert poll.samples.keys() == {one.name for one in devices}


def test_a_walk_that_does_not_increase_ends_and_is_reported(poller: SnmpPoller) -> None:
    needs("recordings")
    cells = [(SYS_UPTIME, Cell(tag="67", value=100)), *recording("librenms/timos_7750.snmprec")]
    base = oid("1.3.6.1.2.1.31.1.1.1.1")
    with serving(RecordedAgent([*cells[:1], *_shuffled(cells, base)])) as agent:
        sample = sample_of(poller, device(agent.port))
    assert sample.interfaces
    assert any("does not follow" in gap for gap in sample.gaps)


def _shuffled(cells: Sequence[tuple[Oid, Cell]], base: Oid) -> list[tuple[Oid, Cell]]:
    names = [one for one in cells if one[0][: len(base)] == base]
    return [*names[:20], names[30], *names[20:30], *names[31:]]
