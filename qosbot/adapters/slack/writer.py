"""Looks up what letters tell of, and has it written; fulfils `qosbot.ports.messaging.Writer`."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qosbot.adapters.door import dispensable
from qosbot.domain.approvals import may_approve, quorum_of
from qosbot.domain.inventory import Inventory, Policy
from qosbot.domain.messages import Disclosure, Kind, Letter
from qosbot.domain.remediation import Remediation
from qosbot.ports import Clock
from qosbot.ports.auditing import Audits
from qosbot.ports.deciding import Decisions
from qosbot.ports.keeping import Memory, ScoreRow, Store
from qosbot.ports.messaging import Attachment, Post
from qosbot.render import slack
from qosbot.render.slack.limits import TEXT
from qosbot.render.slack.text import escape, fit

log = logging.getLogger(__name__)

_PLOTTED = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What there is to look up."""

    decisions: Decisions
    memory: Memory
    store: Store
    inventory: Callable[[], Inventory]
    policy: Callable[[], Policy]
    audits: Audits
    clock: Clock
    disclosure: Disclosure

    def threshold(self, paths: Sequence[str]) -> float | None:
        """Return the highest MOS below which one of these paths raises an alarm."""
        written = self.inventory().paths
        known = [written[path] for path in paths if path in written]
        return max((one.thresholds.raise_below for one in known), default=None)

    def stake(self, remediation: Remediation) -> slack.Stake:
        """Return what the inventory says of the paths that a remediation is at stake for."""
        written = self.inventory().paths
        paths = {way.path for way in remediation.ways_at_stake}
        known = [written[path] for path in paths if path in written]
        return slack.Stake(
            threshold_mos=self.threshold(tuple(paths)),
            busy_hour_calls=sum(one.busy_hour_calls for one in known) if known else None,
        )


class SlackWriter:
    """Writes of each thing as it is when it is sent."""

    def __init__(self, library: Library, *, draw: Callable[..., Attachment] = slack.plot) -> None:
        self._library = library
        self._draw = dispensable("the plot of a card")(draw)

    def post(self, letters: Sequence[Letter]) -> Post | None:
        """Return one message for letters of one kind; None: there is nothing worth telling."""
        post = self._written(letters)
        return None if post is None else within_limits(post, letters[0])

    def _written(self, letters: Sequence[Letter]) -> Post | None:
        subject = letters[0].subject
        post: Post | None
        match letters[0].kind:
            case Kind.ANSWER:
                post = slack.answer_post(letters[0].words)
            case Kind.CARD:
                post = self._card(subject)
            case Kind.CALL:
                post = self._call(subject)
            case Kind.NOTE:
                post = self._notes(subject, {one.version for one in letters})
            case Kind.ADVICE:
                said = [one.words for one in letters]
                post = slack.advice_post(said, disclosure=self._library.disclosure)
            case Kind.REPORT:
                post = self._report(subject)
            case _:
                post = self._alarms([one.subject for one in letters])
        return post

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
            stake=library.stake(found),
        )

    def _report(self, name: str) -> Post | None:
        audit = self._library.audits.audit(name)
        return None if audit is None else slack.report_post(audit, self._library.disclosure)

    def _call(self, name: str) -> Post | None:
        library = self._library
        found = library.decisions.remediation(name)
        if found is None:
            return None
        approvers = library.policy().approvers.get(found.proposal.risk, ())
        people = tuple(dict.fromkeys((found.decided_by, *approvers)))
        return slack.call_post(found, people=people, disclosure=library.disclosure)

    def _notes(self, name: str, places: set[int]) -> Post | None:
        entries = [one for one in self._library.decisions.history(name) if one.seq in places]
        notes = [slack.note(one, disclosure=self._library.disclosure) for one in entries]
        told = [one for one in notes if one is not None]
        if not told:
            return None
        blocks = tuple(block for one in told for block in one.blocks)
        return Post(text=fit("\n".join(one.text for one in told), TEXT), blocks=blocks)

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
        """Return diff, undo and evidence for the thread of a card, or the report of an audit.

        A plot that cannot be drawn is left out: nothing else may wait for it.
        """
        library = self._library
        if letter.kind is Kind.REPORT_FILE:
            audit = library.audits.audit(letter.subject)
            return () if audit is None else slack.report_files(audit, library.disclosure)
        found = library.decisions.remediation(letter.subject)
        if found is None:
            return ()
        paths = tuple(dict.fromkeys(way.path for way in found.ways_at_stake))
        since = library.clock.now() - _PLOTTED
        scores: Mapping[str, Sequence[ScoreRow]] = {
            path: library.store.score_history(path, since) for path in paths
        }
        written = library.inventory().paths
        thresholds = {
            path: written[path].thresholds.raise_below for path in paths if path in written
        }
        plot = self._draw(
            found,
            disclosure=library.disclosure,
            scores=scores,
            drops=self._drops(found, since),
            thresholds=thresholds,
        )
        texts = slack.texts(found, disclosure=library.disclosure)
        return texts if plot is None else (*texts, plot)

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


def within_limits(post: Post, letter: Letter) -> Post:
    """Return a message as it is, or where Slack would refuse it one that says where to look."""
    try:
        slack.check(post)
    except ValueError as error:
        log.error(  # noqa: TRY400 - the words say all that the trace would
            "a message is beyond Slack's limits", extra={"letter": letter.id, "error": str(error)}
        )
        return Post(text=_instead(letter), blocks=())
    return post


def _instead(letter: Letter) -> str:
    if letter.kind is Kind.ALARM:
        return "There is more to say of alarms than fits: `qosbot alarms`"
    if letter.kind is Kind.ADVICE:
        return "There is more advice than fits: `qosbot paths`"
    if letter.kind is Kind.REPORT:
        return "There is more to say of the audit than fits: `qosbot audit`"
    if letter.kind is Kind.ANSWER:
        return "There is more to answer than fits: `qosbot proposals`"
    name = fit(escape(letter.subject), 64)
    return f"There is more to say of {name} than fits: `qosbot show {name}`"
