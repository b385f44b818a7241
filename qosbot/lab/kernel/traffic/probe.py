"""Runs UDP jitter operations against responders, several side by side."""

import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict

from qosbot.lab.given import BadRequestError, Given
from qosbot.lab.kernel.traffic.jitter_run import REQUEST, Answer, datagram_bytes, summary
from qosbot.lab.kernel.traffic.program import say
from qosbot.lab.kernel.traffic.sockets import StampedSocket, destination, marked
from qosbot.lab.observed import SlaRun
from qosbot.lab.sla import SlaOperation

MAX_RUNS = 100
LINGER_S = 0.1
_MOST_PACKETS = 60000
_LARGEST_NUMBER = 2**31 - 1
_NS = 1_000_000_000


def _bind(made: socket.socket, operation: SlaOperation) -> None:
    """Send from the port that is sent to, so that both ways are of the ports of voice."""
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((operation.source or "", operation.port))
    except OSError:
        made.bind((operation.source or "", 0))


class Run:
    """One run of an operation under way."""

    def __init__(self, operation: SlaOperation, *, token: int, runs: int, began_ns: int) -> None:
        """Begin a run.

        Args:
            operation: the operation.
            token: what its packets are known by.
            runs: how many there have been, with this one.
            began_ns: when its first packet is due.

        Raises:
            BadRequestError: if packets cannot be sent from its source or to its target.
        """
        self.operation = operation
        self.token = token
        self._runs = runs
        self._began_ns = began_ns
        self._due_number = 0
        self._sent = 0
        self._is_refused = False
        self._answers: dict[int, Answer] = {}
        self._buffer = bytearray(datagram_bytes(operation))
        made = marked(socket.SOCK_DGRAM, operation.dscp)
        try:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, operation.tos)
            _bind(made, operation)
            made.connect((operation.target, operation.port))
        except OSError as error:
            made.close()
            raise BadRequestError(
                f"operation {operation.number} cannot send from "
                f"{operation.source or 'any address'} to {operation.target}: {error.strerror}"
            ) from None
        self.stamped = StampedSocket(made)

    @property
    def due_ns(self) -> int:
        """When to send the next packet; after the last, when to stop waiting."""
        interval_ns = round(self.operation.interval_s * _NS)
        if self._due_number < self.operation.packets:
            return self._began_ns + self._due_number * interval_ns
        last_ns = self._began_ns + (self.operation.packets - 1) * interval_ns
        if len(self._answers) == self._sent:
            return last_ns
        return last_ns + round((self.operation.timeout_s + LINGER_S) * _NS)

    def is_over(self, now_ns: int) -> bool:
        """Return whether there is nothing more to send or to wait for."""
        return self._due_number >= self.operation.packets and now_ns >= self.due_ns

    def send_due(self, now_ns: int) -> None:
        """Send the packets that are due."""
        while self._due_number < self.operation.packets and self.due_ns <= now_ns:
            sent_ns = time.monotonic_ns()
            REQUEST.pack_into(self._buffer, 0, self.token, self._due_number, 0, sent_ns, 0, 0)
            self._due_number += 1
            try:
                self.stamped.socket.send(self._buffer)
            except ConnectionRefusedError:
                self._is_refused = True
            except OSError:
                continue
            self._sent += 1

    def read(self) -> None:
        """Take the answers that have come; a second one to the same packet does not count."""
        with suppress(OSError):
            try:
                for arrival in self.stamped.arrivals():
                    if len(arrival.octets) < REQUEST.size:
                        continue
                    token, number, counted, sent_ns, reached_ns, turned_ns = REQUEST.unpack_from(
                        arrival.octets
                    )
                    if token == self.token and number not in self._answers:
                        self._answers[number] = Answer(
                            number=number,
                            counted=counted,
                            sent_ns=sent_ns,
                            reached_ns=reached_ns,
                            turned_ns=turned_ns,
                            back_ns=arrival.arrived_ns,
                        )
            except ConnectionRefusedError:
                self._is_refused = True

    def close(self) -> SlaRun:
        """Return the result."""
        self.stamped.socket.close()
        return summary(
            self.operation,
            tuple(self._answers.values()),
            sent=self._sent,
            runs=self._runs,
            finished_at=time.time(),
            is_refused=self._is_refused,
        )


class Prober:
    """The runs of a device that are under way; when they start is the lab's to decide."""

    def __init__(self) -> None:
        """Begin without a run."""
        self._under_way: list[Run] = []
        self._tokens = 0

    def reading(self) -> Sequence[socket.socket]:
        """Return the sockets of the runs under way."""
        return [run.stamped.socket for run in self._under_way]

    def writing(self) -> Sequence[socket.socket]:
        """Return nothing: what the kernel does not take at once is not sent."""
        return ()

    def due_ns(self) -> int | None:
        """Return when to send or to end something next."""
        return min((run.due_ns for run in self._under_way), default=None)

    def work(self, now_ns: int, ready: Sequence[socket.socket]) -> None:
        """Send what is due, read what has come, end the runs that are over."""
        for run in tuple(self._under_way):
            if run.stamped.socket in ready:
                run.read()
            run.send_due(now_ns)
            if run.is_over(now_ns):
                run.read()
                self._under_way.remove(run)
                say({"event": "run", **asdict(run.close())})

    def obey(self, do: str, given: Given, now_ns: int) -> Mapping[str, object] | None:
        """Do what an order says."""
        if do != "run":
            raise BadRequestError(f"do must be one of run, stop, not {do!r}")
        runs = given.whole("runs", 1, low=1, high=_LARGEST_NUMBER)
        operation = _operation(given)
        given.done()
        if len(self._under_way) >= MAX_RUNS:
            raise BadRequestError(f"{MAX_RUNS} runs are under way, as many as may be")
        self._tokens += 1
        run = Run(operation, token=self._tokens, runs=runs, began_ns=now_ns)
        self._under_way.append(run)
        return None


def _operation(given: Given) -> SlaOperation:
    """Return the operation that an order describes."""
    target, port = destination(given.text("to"))
    return SlaOperation(
        number=given.whole("operation", None, low=1, high=_LARGEST_NUMBER),
        target=target,
        port=port,
        source=given.text("source", ""),
        codec=given.text("codec", ""),
        packets=given.whole("packets", 10, low=1, high=_MOST_PACKETS),
        interval_s=given.number("interval_s", 0.02, low=0.001, high=60),
        payload_bytes=given.whole("payload_bytes", 32, low=16, high=1500),
        tos=given.whole("tos", 0, low=0, high=255),
        timeout_s=given.number("timeout_s", 5, low=0.001, high=600),
        is_microseconds=given.flag("is_microseconds"),
        is_scheduled=True,
    )
