"""Looks up what letters tell of, and has it written; fulfils `qosbot.ports.messaging.Writer`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qosbot.domain.approvals import may_approve, quorum_of
from qosbot.domain.inventory import Inventory, Policy
from qosbot.domain.messages import Disclosure, Kind, Letter
from qosbot.domain.remediation import Remediation
from qosbot.ports import Clock, Decisions, Memory, ScoreRow, Store
from qosbot.ports.messaging import Attachment, Post
from qosbot.render import slack

_PLOTTED = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What there is to look up."""

    decisions: Decisions
    memory: Memory
    store: Store
    inventory: Callable[[], Inventory]
    policy: Callable[[], Policy]
    clock: Clock
    disclosure: Disclosure

    def threshold(self, paths: Sequence[str]) -> float | None:
        """Return the highest MOS below which one of these paths raises an alarm."""
        written = self.inventory().paths
        known = [written[path] for path in paths if path in written]
        return max((one.thresholds.raise_below for one in known), default=None)


class SlackWriter:
    """Writes of each thing as it is when it is sent."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def post(self, letters: Sequence[Letter]) -> Post | None:
        """Return one message for letters of one kind; None: there is nothing worth telling."""
        kind, subject = letters[0].kind, letters[0].subject
        if kind is Kind.ANSWER:
            return slack.answer_post(letters[0].words)
        if kind is Kind.CARD:
            return self._card(subject)
        if kind is Kind.NOTE:
            return self._notes(subject, {one.version for one in letters})
        return self._alarms([one.subject for one in letters])

    def _card(self, name: str) -> Post | None:
        library = self._library
        found = library.decisions.remediation(name)
        if found is None:
            return None
        policy, risk = library.policy(), found.proposal.risk
        cast = library.decisions.votes(name)
        return slack.card(
            found,
            votes=[one for one in cast if may_approve(one.by, risk, policy)],
            decision=library.decisions.decision(name),
            quorum=quorum_of(policy, risk),
            disclosure=library.disclosure,
            now=library.clock.now(),
        )

    def _notes(self, name: str, places: set[int]) -> Post | None:
        entries = [one for one in self._library.decisions.history(name) if one.seq in places]
        notes = [slack.note(one, disclosure=self._library.disclosure) for one in entries]
        told = [one for one in notes if one is not None]
        if not told:
            return None
        blocks = tuple(block for one in told for block in one.blocks)
        return Post(text="\n".join(one.text for one in told), blocks=blocks)

    def _alarms(self, names: Sequence[str]) -> Post | None:
        library = self._library
        alarms = tuple(library.decisions.alarms(names).values())
        if not alarms:
            return None
        if len(alarms) > 1:
            return slack.storm_post(alarms, disclosure=library.disclosure)
        (alarm,) = alarms
        return slack.alarm_post(
            alarm,
            [one for one in library.memory.considerations() if one.alarm == alarm.id],
            disclosure=library.disclosure,
            threshold=library.threshold([way.path for way in alarm.ways]),
        )

    def files(self, letter: Letter) -> tuple[Attachment, ...]:
        """Return diff, undo and evidence for the thread of a card."""
        library = self._library
        found = library.decisions.remediation(letter.subject)
        if found is None:
            return ()
        paths = tuple(dict.fromkeys(way.path for way in found.affected))
        since = library.clock.now() - _PLOTTED
        scores: Mapping[str, Sequence[ScoreRow]] = {
            path: library.store.score_history(path, since) for path in paths
        }
        thresholds = {path: library.threshold([path]) for path in paths}
        return slack.files(
            found,
            disclosure=library.disclosure,
            scores=scores,
            drops=self._drops(found, since),
            thresholds={path: one for path, one in thresholds.items() if one is not None},
        )

    def _drops(self, found: Remediation, since: datetime) -> Sequence[tuple[datetime, float]]:
        """Return what the voice class dropped at the bottleneck, or the class that was found."""
        link = found.before.link
        classes = [one.class_path for one in found.before.voice]
        classes += [one.class_path for one in found.proposal.findings if one.class_path]
        for class_path in classes:
            drops = self._library.store.drop_history(link, class_path, since)
            if drops:
                return drops
        return ()
