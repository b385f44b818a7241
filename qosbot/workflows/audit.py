"""The audit of a whole network: read, compare, judge, keep; it changes no device."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qosbot.domain.audit.days import PathDay, Score, Span, path_day
from qosbot.domain.audit.diffs import diff
from qosbot.domain.audit.findings import DeviceAudit
from qosbot.domain.audit.nights import (
    Changes,
    ConfigChange,
    NetworkAudit,
    Unread,
    audit_id,
    changes,
)
from qosbot.domain.audit.schedule import MOST_TRIES, Nightly, due_night
from qosbot.domain.inventory import Device, VoicePath
from qosbot.domain.messages import report_letters
from qosbot.ports import Clock
from qosbot.ports.auditing import Audits, Collection, Collector, KeptConfig, LastAudit
from qosbot.ports.keeping import ScoreRow, Store

log = logging.getLogger(__name__)

NOT_JUDGED = "its configuration was read, but judging it failed; the log says why"
IN_HAND = "a change is being made on it"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """All that an audit needs."""

    devices: Sequence[Device]
    paths: Mapping[str, VoicePath]
    poll_interval_s: float
    collector: Collector
    judge: Callable[[Device, str], DeviceAudit | None]
    """From a device and its running configuration; None: it failed, and the log says how."""
    audits: Audits
    store: Store
    clock: Clock
    in_hand: Callable[[], AbstractSet[str]] = frozenset
    """Devices that a change is being made on, by name."""


def tonight(
    auditor: Auditor,
    nightly: Nightly,
    *,
    go_on: Callable[[], bool],
    is_stopped: Callable[[], bool],
) -> NetworkAudit | None:
    """Audit the network if a night is due, once, whenever this is called; else return None.

    A night is over when its audit is kept.  Who dies before that begins anew, a few times.

    Args:
        auditor: what it takes.
        nightly: when nights are due.
        go_on: whether there is time for another device; without it nothing is kept.
        is_stopped: whether no device may be touched; the night stays due meanwhile.
    """
    now, kept = auditor.clock.now(), auditor.audits.nights()
    if not kept:
        # Before the first start nothing was missed.
        auditor.audits.end(nightly.latest(now))
        return None
    due_at = due_night(nightly, now, kept)
    if due_at is None or is_stopped():
        return None
    tries = auditor.audits.begin(due_at)
    if tries > MOST_TRIES:
        log.error("night given up", extra={"due_at": due_at.isoformat(), "tries": MOST_TRIES})
        auditor.audits.end(due_at)
        return None
    log.info("night began", extra={"due_at": due_at.isoformat(), "tries": tries})
    return audit(auditor, due_at=due_at, go_on=go_on)


def audit(
    auditor: Auditor,
    *,
    due_at: datetime | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> NetworkAudit | None:
    """Read, judge and keep the whole network; None: it was stopped, and nothing is kept.

    Args:
        auditor: what it takes.
        due_at: the night that it is for; None: somebody asked for it, and reads it there.
        go_on: whether another device may still be read.
    """
    began_at = auditor.clock.now()
    # A session of ours could hold up the one that takes a change back, and what is half
    # changed is nothing to judge.
    in_hand = auditor.in_hand()
    left = [one for one in auditor.devices if one.name not in in_hand]
    collected = auditor.collector.collect(left, go_on=go_on)
    busy = {one.name: IN_HAND for one in auditor.devices if one.name in in_hand}
    collected = replace(collected, unread={**collected.unread, **busy})
    if not go_on():
        log.warning("audit stopped", extra={"read": len(collected.configs)})
        return None
    judged = _judged(auditor, collected)
    found = _compared(auditor, collected, judged, began_at, is_nightly=due_at is not None)
    letters = () if due_at is None else report_letters(found.id, found.ended_at)
    auditor.audits.keep(found, collected, due_at=due_at, letters=letters)
    log.info(
        "audit done",
        extra={
            "audit": found.id,
            "devices": len(found.devices),
            "unread": len(found.unread),
            "findings": len(found.standing),
            "new": len(found.changes.new),
            "worse": len(found.changes.worse),
            "fixed": len(found.changes.fixed),
        },
    )
    return found


def _judged(auditor: Auditor, collected: Collection) -> Mapping[str, DeviceAudit | None]:
    return {
        device.name: auditor.judge(device, collected.configs[device.name].text)
        for device in auditor.devices
        if device.name in collected.configs
    }


def _compared(
    auditor: Auditor,
    collected: Collection,
    judged: Mapping[str, DeviceAudit | None],
    began_at: datetime,
    *,
    is_nightly: bool,
) -> NetworkAudit:
    last, kept = auditor.audits.last(), auditor.audits.configs()
    devices = tuple(one for one in judged.values() if one is not None)
    failed = dict.fromkeys((name for name, one in judged.items() if one is None), NOT_JUDGED)
    unread = {**collected.unread, **failed}
    before = {name: one.device for name, one in last.items()}
    return NetworkAudit(
        id=audit_id(began_at),
        began_at=began_at,
        ended_at=auditor.clock.now(),
        is_nightly=is_nightly,
        since=_since(last),
        devices=devices,
        unread=tuple(_unread(name, why, last) for name, why in sorted(unread.items())),
        # Compared with nothing all of it would be new.
        changes=changes(before, devices, unread) if last else Changes(),
        config_changes=_config_changes(collected, kept),
        days=_days(auditor, began_at),
    )


def _since(last: Mapping[str, LastAudit]) -> datetime | None:
    """Return when most devices were audited last; None: none ever was."""
    counts = Counter(one.began_at for one in last.values())
    return max(counts, key=lambda at: (counts[at], at), default=None)


def _unread(name: str, why: str, last: Mapping[str, LastAudit]) -> Unread:
    known = last.get(name)
    return Unread(device=name, why=why, read_at=None if known is None else known.began_at)


def _config_changes(
    collected: Collection, kept: Mapping[str, KeptConfig]
) -> tuple[ConfigChange, ...]:
    found = []
    for name, config in sorted(collected.configs.items()):
        before = kept.get(name)
        if before is not None and before.text != config.text:
            lines, left_out = diff(before.text, config.text)
            found.append(
                ConfigChange(device=name, before_at=before.read_at, diff=lines, left_out=left_out)
            )
    return tuple(found)


def _days(auditor: Auditor, until: datetime) -> tuple[PathDay, ...]:
    span = Span(since=until - _DAY, until=until, interval_s=auditor.poll_interval_s)
    return tuple(
        path_day(
            name,
            [_score(row) for row in auditor.store.score_history(name, span.since, until)],
            span,
            threshold=path.thresholds.raise_below,
        )
        for name, path in auditor.paths.items()
    )


def _score(row: ScoreRow) -> Score:
    """Return one point, of the worse direction."""
    ways = [mos for mos in (row.mos_forward, row.mos_backward) if mos is not None]
    return Score(at=row.at, mos=min(ways, default=None), grade=row.grade)
