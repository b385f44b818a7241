"""The command line over SSH, to netmiko and to a plain client."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncssh
import pytest

from qosbot.lab.cli.server import SshServer
from tests.lab.cli_bench import PASSWORD, USER, VOICE, WITHIN_S, Bench, bench, client, on_the_wire
from tests.needs import needs

if TYPE_CHECKING:
    from netmiko import BaseConnection

ERRORS = (
    r"^%.*(Invalid|Incomplete|Ambiguous|being used|not supported|Authorization failed)"
    r"|requested bandwidth|already attached|Must deconfigure"
)


@contextmanager
def netmiko(server: SshServer) -> Iterator["BaseConnection"]:
    needs("netmiko")
    from netmiko import ConnectHandler  # noqa: PLC0415  # an optional tool

    connection = ConnectHandler(
        device_type="cisco_ios", host="127.0.0.1", port=server.port, username=USER,
        password=PASSWORD, fast_cli=False,
    )  # fmt: skip
    try:
        yield connection
    finally:
        connection.disconnect()


class Screen:
    """A plain terminal: keys in, characters out."""

    def __init__(self, process: "asyncssh.SSHClientProcess[bytes]") -> None:
        self._process = process
        self.seen = ""

    async def press(self, keys: str, until: str) -> str:
        """Press keys and return what appears up to a text."""
        self._process.stdin.write(keys.encode())
        return await self.wait(until)

    async def wait(self, until: str) -> str:
        while until not in self.seen:
            chunk = await asyncio.wait_for(self._process.stdout.read(4096), WITHIN_S)
            if not chunk:
                raise EOFError(self.seen)
            self.seen += chunk.decode()
        found, self.seen = self.seen.split(until, 1)
        return found + until


@pytest.fixture(name="router")
def _router() -> Bench:
    return bench(VOICE)


@pytest.fixture(name="server")
def _server(router: Bench) -> Iterator[SshServer]:
    with on_the_wire(router.device) as server:
        yield server


async def _screen(connection: asyncssh.SSHClientConnection) -> Screen:
    screen = Screen(await connection.create_process(term_type="vt100", encoding=None))
    await screen.wait("lil-ce1#")
    return screen


def test_netmiko_finds_the_prompt_and_reads_whole_configurations(
    router: Bench, server: SshServer
) -> None:
    with netmiko(server) as connection:
        assert connection.base_prompt == "lil-ce1"
        shown = connection.send_command("show running-config")
    assert isinstance(shown, str)
    assert shown.startswith("Building configuration...")
    assert re.search(r"Current configuration : \d+ bytes", shown)
    for line in router.running().splitlines():
        assert line in shown


def test_netmiko_configures_and_saves(router: Bench, server: SshServer) -> None:
    with netmiko(server) as connection:
        lines = ["policy-map CHILD", "class VOICE", "priority percent 25"]
        connection.send_config_set(lines, error_pattern=ERRORS)
        assert "[OK]" in connection.save_config()
    assert "priority percent 25" in router.device.startup_config()


@pytest.mark.parametrize(
    "line", ["frobnicate", "no class-map VOICE", "interface", "service-policy output OTHER"]
)
def test_netmiko_sees_a_refusal(server: SshServer, line: str) -> None:
    from netmiko.exceptions import ConfigInvalidException  # noqa: PLC0415  # an optional tool

    with netmiko(server) as connection, pytest.raises(ConfigInvalidException):
        connection.send_config_set([line, "end"], error_pattern=ERRORS)


def test_netmiko_arms_and_confirms_a_revert_timer(router: Bench, server: SshServer) -> None:
    with netmiko(server) as connection:
        connection.send_config_set(
            ["interface gi0/0", "description tried"],
            config_mode_command="configure terminal revert timer 5",
        )
        assert "Timer value: 5 min" in str(
            connection.send_command("show archive config roll timer")
        )
        connection.send_command("configure confirm")
    router.clock.at += 3600.0
    assert "description tried" in router.running()


def test_a_revert_timer_survives_its_session(router: Bench, server: SshServer) -> None:
    before = router.running()
    with netmiko(server) as connection:
        connection.send_config_set(
            ["no ip route 0.0.0.0", "interface gi0/1", "no service-policy output WAN"],
            config_mode_command="configure terminal revert timer 5",
        )
    assert router.running() != before
    router.clock.at += 300.0
    assert router.running() == before


def test_netmiko_reloads_later_and_thinks_better_of_it(router: Bench, server: SshServer) -> None:
    with netmiko(server) as connection:
        connection.send_command("reload in 5", expect_string=r"\[confirm\]")
        connection.send_command("\n", expect_string="#")
        assert "in 5 minutes" in str(connection.send_command("show reload"))
        assert "SHUTDOWN ABORTED" in str(connection.send_command("reload cancel"))
    router.clock.at += 3600.0
    assert router.device.booted_at < router.clock.at - 3000.0


def test_netmiko_copies_with_a_file_name_asked(router: Bench, server: SshServer) -> None:
    with netmiko(server) as connection:
        connection.send_command("copy running-config flash:pre.cfg", expect_string=r"\]\? ")
        assert "bytes copied" in str(connection.send_command("\n", expect_string="#"))
    assert router.device.files["flash:pre.cfg"] == router.running()


def test_a_wrong_password_is_refused(server: SshServer) -> None:
    async def log_in() -> None:
        async with client(server, "wrong"):
            pass

    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(log_in())


def test_one_command_may_be_run_without_a_shell(server: SshServer) -> None:
    async def run() -> str:
        async with client(server) as connection:
            result = await connection.run("show ip interface brief")
        return str(result.stdout)

    assert "GigabitEthernet0/1" in asyncio.run(run())


def test_typed_characters_are_echoed_and_may_be_taken_back(server: SshServer) -> None:
    async def run() -> str:
        async with client(server) as connection:
            screen = await _screen(connection)
            echoed = await screen.press("show clocc\x7fk\r", "lil-ce1#")
        return echoed.removesuffix("lil-ce1#")

    assert asyncio.run(run()).startswith("show clocc\b \bk\r\n")


def test_the_pager_stops_at_a_page_until_it_is_switched_off(server: SshServer) -> None:
    async def run() -> tuple[str, str, str, str]:
        async with client(server) as connection:
            screen = await _screen(connection)
            page = await screen.press("show running-config\r", " --More-- ")
            one_line = await screen.press("\r", " --More-- ")
            rest = await screen.press("q", "lil-ce1#")
            await screen.press("terminal length 0\r", "lil-ce1#")
            whole = await screen.press("show running-config\r", "lil-ce1#")
        return page, one_line, rest, whole

    page, one_line, rest, whole = asyncio.run(run())
    assert page.count("\r\n") == 24
    assert one_line.count("\r\n") == 1
    assert "--More--" not in rest + whole
    assert whole.count("\r\n") > 24


def test_control_z_leaves_configuration_mode(server: SshServer) -> None:
    async def run() -> None:
        async with client(server) as connection:
            screen = await _screen(connection)
            await screen.press("configure terminal\rinterface gi0/1\r", "lil-ce1(config-if)#")
            await screen.press("\x1a", "lil-ce1#")

    asyncio.run(run())


def test_a_line_wider_than_the_terminal_scrolls_behind_a_dollar(server: SshServer) -> None:
    long = "description " + "x" * 90

    async def run() -> tuple[str, str]:
        async with client(server) as connection:
            screen = await _screen(connection)
            await screen.press("conf t\rinterface gi0/0\r", "(config-if)#")
            narrow = await screen.press(f"{long}\r", "(config-if)#")
            await screen.press("do terminal width 511\r", "(config-if)#")
            wide = await screen.press(f"{long}\r", "(config-if)#")
        return narrow, wide

    narrow, wide = asyncio.run(run())
    assert "\b$" in narrow
    assert wide.startswith(f"{long}\r\n")


def test_sessions_share_the_configuration_and_not_the_mode(server: SshServer) -> None:
    async def run() -> str:
        async with client(server) as one, client(server) as other:
            first, second = await _screen(one), await _screen(other)
            await first.press("configure terminal\rinterface gi0/0\r", "(config-if)#")
            await first.press("description ours\r", "(config-if)#")
            shown = await second.press("show running-config interface gi0/0\r", "lil-ce1#")
        return shown.removesuffix("lil-ce1#")

    assert " description ours\r\n" in asyncio.run(run())


def test_a_refused_command_answers_what_the_fault_says(router: Bench, server: SshServer) -> None:
    router.faults.refuse[r"^policy-map"] = "Command authorization failed."
    with netmiko(server) as connection:
        said = connection.send_config_set(["policy-map OTHER"])
    assert "Command authorization failed." in said
    assert "OTHER" not in router.running()


@pytest.mark.parametrize(("takes_effect", "fault"), [(False, "reset_on"), (True, "reset_after")])
def test_a_connection_is_reset_before_or_after_a_line(
    router: Bench, server: SshServer, *, fault: str, takes_effect: bool
) -> None:
    getattr(router.faults, fault).append("description")

    async def run() -> None:
        async with client(server) as connection:
            screen = await _screen(connection)
            await screen.press("conf t\rinterface gi0/0\r", "(config-if)#")
            await screen.press("description tried\r", "(config-if)#")

    with pytest.raises((asyncssh.Error, OSError, EOFError)):
        asyncio.run(run())
    assert ("description tried" in router.running()) is takes_effect
    assert router.device.received[-1][2] == "description tried"


def test_a_reload_drops_the_sessions(router: Bench, server: SshServer) -> None:
    async def run() -> None:
        async with client(server) as connection:
            screen = await _screen(connection)
            router.device.reload(router.clock.now())
            await screen.wait("never shown")

    with pytest.raises((asyncssh.Error, OSError, EOFError)):
        asyncio.run(run())


def test_every_typed_line_is_kept_with_its_session_and_time(
    router: Bench, server: SshServer
) -> None:
    with netmiko(server) as connection:
        connection.send_command("show clock")
    # A slow prompt makes netmiko press Enter once more, before or after it.
    assert [line for _, _, line in router.device.received if line].count("show clock") == 1
    assert {session for _, session, _ in router.device.received} == {1}


def test_an_arrow_brings_back_the_last_line_and_a_tabulator_ends_a_word(
    server: SshServer,
) -> None:
    async def run() -> str:
        async with client(server) as connection:
            screen = await _screen(connection)
            await screen.press("show clo\tdetail\r", "show clock detail\r\n")
            await screen.wait("lil-ce1#")
            recalled = await screen.press("\x1b[A\r", "lil-ce1#")
        return recalled.removesuffix("lil-ce1#")

    assert asyncio.run(run()).startswith("show clock detail\r\n")


def test_control_z_obeys_the_line_that_it_ends(router: Bench, server: SshServer) -> None:
    async def run() -> None:
        async with client(server) as connection:
            screen = await _screen(connection)
            await screen.press("conf t\rinterface gi0/0\r", "(config-if)#")
            await screen.press("description ended\x1a", "lil-ce1#")

    asyncio.run(run())
    assert "description ended" in router.running()


def test_a_slow_prompt_comes(router: Bench, server: SshServer) -> None:
    router.faults.prompt_delay_s = 0.05
    with netmiko(server) as connection:
        assert "UTC" in str(connection.send_command("show clock"))


def test_terminal_lines_are_few_and_seen(router: Bench, server: SshServer) -> None:
    router.configure("line vty 0 1\ntransport input ssh")

    async def run() -> tuple[str, bytes]:
        async with client(server) as one, client(server) as two, client(server) as three:
            first, _ = await _screen(one), await _screen(two)
            shown = await first.press("show users\r", "lil-ce1#")
            refused = await three.create_process(term_type="vt100", encoding=None)
            answer = await asyncio.wait_for(refused.stdout.read(), WITHIN_S)
        return shown, answer

    shown, answer = asyncio.run(run())
    assert "* 388 vty 0" in shown
    assert "  389 vty 1" in shown
    assert answer == b""
