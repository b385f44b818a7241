"""The port `Poller` over SNMP: a private event loop in a thread, and a deadline that holds."""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field

from qosbot.adapters.snmp.engine import AgentError, Engine, NoAnswerError, RefusedError, Session
from qosbot.adapters.snmp.walker import Caps, Memory, Walker
from qosbot.domain.inventory import Device, SnmpV3
from qosbot.domain.samples import DeviceSample, Poll
from qosbot.ports import Clock
from qosbot.ports.polling import ReadingPlan

log = logging.getLogger(__name__)

_MAX_DEVICES_AT_ONCE = 100
_DEADLINE_SHARE = 8
"""A silent device should be known as silent, not as late: three tries fit the deadline."""
_LOOP_GRACE_S = 0.5


@dataclass(slots=True)
class _Known:
    """What is kept of a device between polls."""

    device: Device
    memory: Memory
    plan: ReadingPlan
    session: Session | None = None
    timeout_s: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def close(self) -> None:
        """Give up the session; the next poll opens another."""
        if self.session is not None:
            self.session.close()
        self.session = None


class SnmpPoller:
    """Reads devices over SNMP; safe to call from any thread.

    Each request waits `timeout_s`, or less where the deadline is near, and is sent three times.
    """

    def __init__(
        self,
        engine: Engine,
        plans: Mapping[str, Callable[[], ReadingPlan]],
        clock: Clock,
        *,
        timeout_s: float = 2.0,
        caps: Caps | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._caps = caps or Caps()
        self._engine = engine
        self._plans = plans
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="snmp", daemon=True)
        self._thread.start()

    def poll(self, devices: Sequence[Device], deadline_s: float) -> Poll:
        """Return what answered within `deadline_s`; the rest is silent, with a reason.

        Raises:
            ValueError: if the deadline is not positive, or the poller is closed.
        """
        if deadline_s <= 0:
            raise ValueError(f"deadline_s {deadline_s:g} must be positive")
        if self._loop.is_closed():
            raise ValueError("the poller is closed")
        wanted = {device.name: device for device in devices}
        samples: dict[str, DeviceSample] = {}
        silent: dict[str, str] = {}
        future = asyncio.run_coroutine_threadsafe(
            self._round(list(wanted.values()), deadline_s, samples, silent), self._loop
        )
        try:
            future.result(timeout=deadline_s + _LOOP_GRACE_S)
        except FutureTimeoutError:  # something keeps the loop busy; what is there is there
            future.cancel()
        late = f"deadline of {deadline_s:g} s passed before it had answered"
        got = {name: samples[name] for name in wanted if name in samples}
        return Poll(
            samples=got,
            silent={name: silent.get(name, late) for name in wanted if name not in got},
        )

    def close(self) -> None:
        """Close every session and stop the loop; a second call does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._close_sessions(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _close_sessions(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for known in self._known.values():
            known.close()
        self._known.clear()

    async def _round(
        self,
        devices: Sequence[Device],
        deadline_s: float,
        samples: dict[str, DeviceSample],
        silent: dict[str, str],
    ) -> None:
        """Fill `samples` and `silent` until all have answered or the time is up."""
        turn = asyncio.Semaphore(_MAX_DEVICES_AT_ONCE)
        timeout_s = min(self._timeout_s, deadline_s / _DEADLINE_SHARE)

        async def one(device: Device) -> None:
            async with turn:
                try:
                    samples[device.name] = await self._device(device, timeout_s)
                except AgentError as error:
                    silent[device.name] = str(error)

        tasks = {asyncio.create_task(one(device), name=device.name) for device in devices}
        if not tasks:
            return
        done, pending = await asyncio.wait(tasks, timeout=deadline_s)
        for task in pending:
            task.cancel()
        for task in done:
            if (error := task.exception()) is not None:
                # One device must never cost the others their poll, whatever it made us do.
                log.error("poll failed", exc_info=error, extra={"device": task.get_name()})
                silent[task.get_name()] = f"its answers could not be read: {type(error).__name__}"
        await asyncio.gather(*pending, return_exceptions=True)

    async def _device(self, device: Device, timeout_s: float) -> DeviceSample:
        known = self._of(device)
        async with known.lock:
            is_reused = known.session is not None
            try:
                try:
                    return await self._read(known, timeout_s)
                except (NoAnswerError, RefusedError):
                    # A restart or a replaced device makes what a session learnt of the SNMPv3
                    # engine wrong: agents refuse that, or say nothing.
                    if not is_reused or not isinstance(device.snmp, SnmpV3):
                        raise
                known.close()
                return await self._read(known, timeout_s)
            except BaseException:  # a cancelled request may still be answered, into this socket
                known.close()
                raise

    def _of(self, device: Device) -> _Known:
        known = self._known.get(device.name)
        if known is not None and known.device == device:
            return known
        factory = self._plans.get(device.platform)
        if factory is None:
            raise AgentError(f"nothing is known about reading platform {device.platform!r}")
        if known is not None:
            known.close()
        self._known[device.name] = _Known(device=device, memory=Memory(), plan=factory())
        return self._known[device.name]

    async def _read(self, known: _Known, timeout_s: float) -> DeviceSample:
        device = known.device
        if known.session is None or known.timeout_s != timeout_s:
            known.close()
            address = await self._address(device)
            known.session = self._engine.session(device, address, timeout_s)
            known.timeout_s = timeout_s
        walker = Walker(known.session, known.plan, known.memory, self._caps)
        return known.plan.read(await walker.read(device.name, self._clock.now()))

    async def _address(self, device: Device) -> str:
        try:
            found = await self._loop.getaddrinfo(device.address, device.snmp_port)
        except (OSError, UnicodeError):  # the latter for what can be no name
            raise AgentError(f"{device.address} has no address in the DNS") from None
        return str(found[0][4][0])
