"""The way into a namespace holds what comes while the agent behind it boots."""

import asyncio
import socket

from qosbot.lab.kernel.relay import Relay


class Here:
    """A plain stand-in for a namespace: its sockets are those of the machine's loopback."""

    def udp_socket(self) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.settimeout(0)
        return made


def bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(0)
    return made


async def carried(*, while_held: int) -> list[bytes]:
    """Send some datagrams while the relay holds and one more after; return what came inside."""
    agent, door, client = bound(), bound(), bound()
    relay = Relay(Here(), agent.getsockname())  # type: ignore[arg-type]  # sockets are all it takes
    loop = asyncio.get_running_loop()
    where = door.getsockname()
    await relay.listen(door)
    try:
        relay.hold()
        for number in range(while_held):
            relay.carry_in(str(number).encode(), client.getsockname())
        relay.release()
        await loop.sock_sendto(client, b"after", where)
        came = [await asyncio.wait_for(loop.sock_recv(agent, 100), 10)]
        while came[-1] != b"after":
            came.append(await asyncio.wait_for(loop.sock_recv(agent, 100), 10))
        return came
    finally:
        relay.close()
        agent.close()
        client.close()


def test_what_came_while_the_agent_booted_is_carried_in_order_once_it_is_there() -> None:
    assert asyncio.run(carried(while_held=3)) == [b"0", b"1", b"2", b"after"]


def test_what_is_held_is_bounded_and_the_latest_is_kept() -> None:
    came = asyncio.run(carried(while_held=100))
    assert (len(came), came[0], came[-2:]) == (65, b"36", [b"99", b"after"])
