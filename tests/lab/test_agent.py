import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from gufo.snmp.aio import SnmpSession
from gufo.snmp.user import Aes128Key, Sha256Key, User

from qosbot.lab.agent import USER, Agent, MibSource, SnmpSecrets, start_agents
from qosbot.lab.startup import STARTUP
from qosbot.lab.topology import WAN, Direction
from tests.lab.steady import START, Site, attach

SECRETS = SnmpSecrets(community="lab-reads", auth_key="auth-key-1", priv_key="priv-key-1")
UPTIME = "1.3.6.1.2.1.1.3.0"
IF_NAME = "1.3.6.1.2.1.31.1.1.1.1"
OUT_OCTETS = "1.3.6.1.2.1.31.1.1.1.10"
CBQOS = "1.3.6.1.4.1.9.9.166"
JITTER = "1.3.6.1.4.1.9.9.42.1.5.2.1"


class Stepped:
    def __init__(self) -> None:
        self.at = START + 10

    def now(self) -> float:
        return self.at


class Stamps:
    running_last_changed = START + 3
    running_last_saved = START - 1e9


@asynccontextmanager
async def agent(site: Site, device: str, clock: Stepped) -> AsyncIterator[Agent]:
    source = MibSource(site.network, device, clock, Stamps())
    agents = await start_agents([(device, source)], SECRETS)
    try:
        yield agents[device]
    finally:
        agents[device].close()


def v2c(port: int, timeout_s: float = 10.0) -> SnmpSession:
    return SnmpSession("127.0.0.1", port, community=SECRETS.community, timeout=timeout_s)


def asked(
    device: str, ask: Callable[[SnmpSession], Awaitable[object]], site: Site | None = None
) -> object:
    """Return what a client got from a device's agent."""

    async def run() -> object:
        async with agent(site or Site(), device, Stepped()) as served, v2c(served.port) as session:
            return await ask(session)

    return asyncio.run(run())


async def walk(session: SnmpSession, root: str) -> list[tuple[str, object]]:
    return [row async for row in session.getbulk(root)]


def test_ten_values_come_in_one_answer() -> None:
    names = [UPTIME, *(f"{OUT_OCTETS}.{index}" for index in (1, 2, 3))]
    names += [f"1.3.6.1.2.1.2.2.1.{column}.2" for column in (2, 5, 8, 13, 14, 19)]
    found = asked("lyo-ce1", lambda session: session.get_many(names))
    assert isinstance(found, dict)
    assert set(found) == set(names)
    assert found["1.3.6.1.2.1.2.2.1.2.2"] == b"GigabitEthernet0/1"
    assert found["1.3.6.1.2.1.2.2.1.5.2"] == 4_000_000


def test_a_walk_sees_everything_once_and_in_order() -> None:
    rows = asked("par-core1", lambda session: walk(session, "1.3"))
    assert isinstance(rows, list)
    names = [tuple(map(int, name.split("."))) for name, _ in rows]
    assert names == sorted(set(names))
    assert len(names) > 300


def test_getnext_and_getbulk_agree() -> None:
    async def both(session: SnmpSession) -> bool:
        names = [name async for name, _ in session.getnext(CBQOS)]
        return names == [name for name, _ in await walk(session, CBQOS)] and len(names) > 50

    assert asked("par-ce1", both) is True


def test_indexes_above_two_to_the_31_are_walked() -> None:
    rows = asked("par-ce1", lambda session: walk(session, f"{CBQOS}.1.5.1.1"))
    assert isinstance(rows, list)
    assert any(int(name.rsplit(".", 1)[1]) > 2**31 for name, _ in rows)


def test_classes_carry_their_names_counters_and_rates() -> None:
    async def read(session: SnmpSession) -> tuple[set[object], set[object], list[object]]:
        names = {value for _, value in await walk(session, f"{CBQOS}.1.7.1.1.1")}
        matches = {value for _, value in await walk(session, f"{CBQOS}.1.8.1.1.1")}
        offered = [value for _, value in await walk(session, f"{CBQOS}.1.15.1.1.3")]
        return names, matches, offered

    found = asked("par-ce1", read)
    assert isinstance(found, tuple)
    assert found[0] == {b"VOICE", b"SIGNALLING", b"class-default"}
    assert found[1] == {b"dscp ef", b"dscp cs3", b"any"}
    assert len(found[2]) == 4
    assert sum(1 for value in found[2] if isinstance(value, int) and value > 2**32) >= 1


def test_a_probe_is_read_in_microseconds() -> None:
    found = asked(
        "par-core1",
        lambda session: session.get_many(
            [f"{JITTER}.{column}.101" for column in (1, 4, 5, 26, 42, 51)]
        ),
    )
    assert isinstance(found, dict)
    assert (found[f"{JITTER}.1.101"], found[f"{JITTER}.42.101"]) == (100, 434)
    assert 8_000 < found[f"{JITTER}.4.101"] < 20_000
    assert found[f"{JITTER}.51.101"] == 1


def test_without_precision_a_probe_is_read_in_milliseconds() -> None:
    core = STARTUP["par-core1"].replace(" precision microseconds\n", "")
    site = Site(par_core1=core)
    found = asked("par-core1", lambda session: session.get(f"{JITTER}.4.101"), site)
    assert isinstance(found, int)
    assert 8 <= found < 20


def test_configuration_stamps_are_uptimes() -> None:
    async def read(session: SnmpSession) -> tuple[object, ...]:
        saved, changed = f"{'1.3.6.1.4.1.9.9.43.1.1'}.2.0", f"{'1.3.6.1.4.1.9.9.43.1.1'}.1.0"
        values = await session.get_many([UPTIME, changed, saved])
        return values[UPTIME], values[changed], values[saved]

    found = asked("lyo-ce1", read)
    assert isinstance(found, tuple)
    uptime, changed, saved = found
    assert uptime - changed == 700
    assert saved == 0


def test_v3_with_sha256_and_aes_answers_and_a_wrong_key_does_not() -> None:
    async def run(auth: bytes) -> object:
        user = User(USER, auth_key=Sha256Key(auth), priv_key=Aes128Key(b"priv-key-1"))
        async with (
            agent(Site(), "lyo-ce1", Stepped()) as served,
            SnmpSession("127.0.0.1", served.port, user=user, timeout=2.0) as session,
        ):
            return await session.get("1.3.6.1.2.1.1.5.0")

    assert asyncio.run(run(b"auth-key-1")) == b"lyo-ce1"
    with pytest.raises(Exception, match=r"(?i)auth|timed out"):
        asyncio.run(run(b"other-key-1"))


def test_a_silent_agent_keeps_its_port_and_says_nothing() -> None:
    async def run() -> object:
        async with agent(Site(), "lyo-ce1", Stepped()) as served:
            served.is_silent = True
            async with v2c(served.port, timeout_s=0.3) as session:
                with pytest.raises(TimeoutError):
                    await session.get(UPTIME)
            served.is_silent = False
            async with v2c(served.port) as session:
                return await session.get(UPTIME)

    assert isinstance(asyncio.run(run()), int)


def test_a_reboot_moves_indexes_and_restarts_uptime() -> None:
    async def run() -> tuple[object, ...]:
        site, clock = Site(), Stepped()
        async with agent(site, "lyo-ce1", clock) as served, v2c(served.port) as session:
            before = await session.get(f"{IF_NAME}.1")
            boots = await session.get("1.3.6.1.6.3.10.2.1.2.0")
            site.network.reboot("lyo-ce1", clock.at)
            clock.at += 60
            again = await session.get_many([UPTIME, f"{IF_NAME}.1", "1.3.6.1.6.3.10.2.1.2.0"])
            return before, boots, *again.values()

    before, boots, uptime, name, later = asyncio.run(run())
    assert (before, name) == (b"Gi0/0", b"Gi0/1")
    assert uptime == 6000
    assert isinstance(boots, int)
    assert later == boots + 1


def test_an_edited_policy_has_other_indexes_and_counts_from_zero() -> None:
    async def run() -> tuple[list[tuple[str, object]], ...]:
        site, clock = Site(), Stepped()
        edge = attach(STARTUP["lyo-ce1"], "P", WAN, "policy-map P\n class class-default\n")
        async with agent(site, "lyo-ce1", clock) as served, v2c(served.port) as session:
            site.sources["lyo-ce1"].write(edge, clock.at)
            clock.at += 10
            first = await walk(session, f"{CBQOS}.1.15.1.1.3")
            site.sources["lyo-ce1"].write(edge.replace("P\n", "Q\n"), clock.at)
            return first, await walk(session, f"{CBQOS}.1.15.1.1.3")

    first, second = asyncio.run(run())
    assert {name for name, _ in first}.isdisjoint(name for name, _ in second)
    assert isinstance(first[0][1], int)
    assert first[0][1] > 1000
    assert second[0][1] == 0


def test_drops_show_in_the_interface_and_in_the_class_alike() -> None:
    async def read(session: SnmpSession) -> tuple[list[object], object]:
        drops = [value for _, value in await walk(session, f"{CBQOS}.1.15.1.1.14")]
        return drops, await session.get("1.3.6.1.2.1.2.2.1.19.2")

    site = Site()
    site.congest("par-nan", Direction.BACKWARD, 5e6, START + 1)
    found = asked("nan-ce1", read, site)
    assert isinstance(found, tuple)
    drops = [value for value in found[0] if isinstance(value, int)]
    assert min(drops) <= 10
    assert max(drops) > 1000


def test_what_is_not_there_is_said_to_be_missing_beside_what_is() -> None:
    missing = [f"{OUT_OCTETS}.99", "1.3.6.1.4.1.99999.1.0"]
    found = asked("lyo-ce1", lambda session: session.get_many([UPTIME, *missing]))
    assert isinstance(found, dict)
    assert list(found) == [UPTIME]


def test_a_walk_beyond_the_end_ends() -> None:
    assert asked("lyo-ce1", lambda session: walk(session, "1.3.6.1.6.3.99")) == []
