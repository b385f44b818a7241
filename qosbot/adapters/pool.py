"""A few threads for work that may hang: one slow router holds up nobody else's rollback."""

import logging
import threading
import time
from dataclasses import replace

from qosbot.domain.errors import QosbotError
from qosbot.ports.serving import PoolState, Work

log = logging.getLogger(__name__)


class ThreadPool:
    """Does `threads` urgent pieces and `threads` others, at most `threads + reserved` at once.

    So `reserved` threads are left to what is urgent when all others hang, and to the others when
    all that is urgent hangs.

    Nothing that waits here is kept: the rows that it was made from are, and are offered again.
    """

    def __init__(self, *, threads: int = 4, reserved: int = 2) -> None:
        self._most_of_a_kind = threads
        self._most = threads + reserved
        self._changed = threading.Condition()
        self._waiting: dict[str, Work] = {}
        self._running: dict[str, tuple[Work, float]] = {}
        self._is_stopping = False
        self._state = PoolState()

    def offer(self, work: Work) -> bool:
        """Take a piece unless one of its name is in hand or the pool stops; return at once."""
        with self._changed:
            if self._is_stopping or work.name in self._running:
                return False
            known = self._waiting.get(work.name)
            if known is not None and (known.is_urgent or not work.is_urgent):
                return False
            # One that has become urgent replaces the one that waits, in its place.
            self._waiting[work.name] = work
            self._begin()
            return True

    def is_stopping(self) -> bool:
        """Return whether work should end at its next safe point."""
        return self._is_stopping

    def state(self) -> PoolState:
        """Return what is in hand, and how it went so far."""
        with self._changed:
            return replace(
                self._state,
                in_flight=tuple(self._running),
                waiting=tuple(self._waiting),
                oldest_began_s=min(
                    (began_s for _, began_s in self._running.values()), default=None
                ),
            )

    def stop(self, within_s: float) -> bool:
        """Begin nothing more; return whether what runs came to its end within so long."""
        with self._changed:
            self._is_stopping = True
            self._waiting.clear()
            return self._changed.wait_for(lambda: not self._running, within_s)

    def _begin(self) -> None:
        """Start all that there is room for."""
        while (work := self._next()) is not None:
            # As a daemon it cannot keep a process alive that has waited long enough for it.
            thread = threading.Thread(
                target=self._run, args=(work,), name=f"work {work.name}", daemon=True
            )
            thread.start()
            # Its end waits for the lock that is held here.
            del self._waiting[work.name]
            self._running[work.name] = (work, time.monotonic())

    def _next(self) -> Work | None:
        lanes = {work.lane for work, _ in self._running.values() if work.lane}
        if len(self._running) >= self._most:
            return None
        for work in sorted(self._waiting.values(), key=lambda one: not one.is_urgent):
            alike = sum(one.is_urgent == work.is_urgent for one, _ in self._running.values())
            if alike < self._most_of_a_kind and work.lane not in lanes:
                return work
        return None

    def _run(self, work: Work) -> None:
        has_failed, left = True, None
        try:
            left = work.context.run(work.do)
            has_failed = False
        except Exception as error:  # noqa: BLE001  a door: nobody above could take it
            work.context.run(_tell, work.name, error)
        finally:
            self._end(work, left, has_failed=has_failed)

    def _end(self, work: Work, left: object, *, has_failed: bool) -> None:
        with self._changed:
            del self._running[work.name]
            if isinstance(left, Work) and not self._is_stopping:
                self._waiting.setdefault(left.name, left)
            self._state = replace(
                self._state,
                done=self._state.done + 1,
                failed=self._state.failed + has_failed,
                failed_in_a_row=self._state.failed_in_a_row + 1 if has_failed else 0,
            )
            if not self._is_stopping:
                self._begin()
            self._changed.notify_all()


def _tell(name: str, error: Exception) -> None:
    # What the outside did is said in its own words; anything else is a defect to be found.
    trace = None if isinstance(error, QosbotError) else error
    log.error("work failed", exc_info=trace, extra={"work": name, "error": str(error)})
