"""Reading the kernel's counters: its real answers, and those that a busy kernel gives."""

import errno
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qosbot.lab.kernel.namespaces import KernelError
from qosbot.lab.kernel.netlink import Netlink, attributes, collected, text_of

GET_LINKS, LINK_BYTES = 18, 16
MULTI, INTERRUPTED = 0x002, 0x010
ERROR, DONE, ROW = 2, 3, 16


class Here:
    """The namespace in which the tests run."""

    def __init__(self) -> None:
        self.name = "here"

    @contextmanager
    def entered(self) -> Iterator[None]:
        yield


def message(kind: int, payload: bytes, sequence: int = 7, flags: int = MULTI) -> bytes:
    padding = bytes(-len(payload) % 4)
    return struct.pack("=IHHII", 16 + len(payload), kind, flags, sequence, 0) + payload + padding


def code(number: int) -> bytes:
    return struct.pack("=i", number)


END = message(DONE, code(0))


@pytest.fixture
def netlink() -> Iterator[Netlink]:
    made = Netlink(Here(), socket.NETLINK_ROUTE)
    yield made
    made.close()


def test_a_dump_of_links_has_each_interface_that_there_is(netlink: Netlink) -> None:
    for _ in range(3):
        payloads = netlink.dump(GET_LINKS, bytes(LINK_BYTES))
        names = {text_of(attributes(payload[LINK_BYTES:])[3]) for payload in payloads}
        assert names == {path.name for path in Path("/sys/class/net").iterdir()}


def test_what_the_kernel_refuses_is_one_line(netlink: Netlink) -> None:
    with pytest.raises(KernelError, match="here: counters cannot be read: "):
        netlink.dump(0x3FF, bytes(LINK_BYTES))


def test_an_answer_in_many_pieces_is_put_together() -> None:
    rows = [message(ROW, bytes([number] * number)) for number in range(1, 4)]
    assert collected([rows[0] + rows[1], rows[2], END], 7) == [b"\1", b"\2\2", b"\3\3\3"]


def test_what_comes_late_of_an_earlier_request_is_passed_over() -> None:
    late = message(ROW, b"old!", sequence=6) + message(DONE, code(0), sequence=6)
    assert collected([late, message(ROW, b"new!"), END], 7) == [b"new!"]


def test_a_dump_during_which_something_changed_is_not_taken() -> None:
    for datagrams in (
        [message(ROW, b"half", flags=MULTI | INTERRUPTED), END],
        [message(ROW, b"half"), message(DONE, code(0), flags=MULTI | INTERRUPTED)],
    ):
        assert collected(datagrams, 7) is None


@pytest.mark.parametrize("kind", [ERROR, DONE])
def test_a_dump_that_fails_on_its_way_is_not_taken_for_a_whole_one(kind: int) -> None:
    with pytest.raises(OSError, match="cannot allocate memory") as refused:
        collected([message(ROW, b"half"), message(kind, code(-errno.ENOMEM))], 7)
    assert refused.value.errno == errno.ENOMEM
