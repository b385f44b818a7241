"""One finding on its way to a proposal: plan, predict, render, and put it all on one page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from qosbot.domain.alarms import AffectedWay, Alarm
from qosbot.domain.capacity import expected_ef
from qosbot.domain.codec_planning import gateways, plan_codec
from qosbot.domain.codecs import CODECS
from qosbot.domain.detection import Calm
from qosbot.domain.errors import DeviceUnreachableError
from qosbot.domain.findings import Cause, Finding
from qosbot.domain.ground import Ground, NoPlan, Planned, Refused
from qosbot.domain.inventory import Link, LinkId
from qosbot.domain.metrics import Grade
from qosbot.domain.path_scores import PathScore
from qosbot.domain.planning import plan_at_link
from qosbot.domain.playbooks import (
    Playbook,
    Remedy,
    playbooks_for,
)
from qosbot.domain.prediction import (
    Subject,
    pays,
    predict_codec,
    predict_queueing,
    removed_loss,
)
from qosbot.domain.proposals import Prediction, Proposal
from qosbot.domain.samples import FlowDirection
from qosbot.domain.sightings import Scene, view_of
from qosbot.ports.configuring import ConfigSession, Platform
from qosbot.workflows.rendered import Reason, proposal_of, rendered

_STOPPED = NoPlan(reason=Refused.STOPPED, words="the kill-switch file is there")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that proposing needs."""

    scene: Scene
    playbooks: Sequence[Playbook]
    session: ConfigSession
    platforms: Mapping[str, Platform]
    """By the name of a device's platform; without one nothing is proposed there."""
    calm: Mapping[AffectedWay, Calm]
    busiest_out_bps: Mapping[LinkId, float] = field(default_factory=dict)
    """The 95th percentile of 7 days; a link that is not here gets no shaper."""
    busy: Collection[str] = ()
    """Devices with a change under way or a proposal that waits."""
    answered: Collection[str] = ()
    """Alarms with a proposal that waits, or that were considered a short while ago."""
    is_stopped: bool = False
    """The kill-switch file is there: nothing is proposed and no device is logged in to."""


class ConfigReader:
    """Reads each device's configuration at most once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read: dict[str, str | NoPlan] = {}

    def running(self, name: str) -> str | NoPlan:
        """Return a device's running configuration, or why it could not be had."""
        if name not in self._read:
            self._read[name] = self._ask(name)
        return self._read[name]

    def _ask(self, name: str) -> str | NoPlan:
        if self._desk.is_stopped:
            return _STOPPED
        device = self._desk.scene.inventory.devices[name]
        if device.ssh is None:
            words = f"{name} has no username and password in the inventory"
            return NoPlan(reason=Refused.UNREACHABLE, words=words)
        if device.platform not in self._desk.platforms:
            words = f"{name} is of platform {device.platform}, which is only watched"
            return NoPlan(reason=Refused.UNSUPPORTED, words=words)
        try:
            return self._desk.session.read(device).running
        except DeviceUnreachableError as error:
            return NoPlan(reason=Refused.UNREACHABLE, words=str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One finding of one alarm on its way to a proposal."""

    alarm: Alarm
    finding: Finding
    desk: Desk
    reader: ConfigReader
    now: datetime

    def write(self, busy: Collection[str]) -> Proposal | NoPlan:
        """Return the proposal that answers the finding, or why there is none."""
        finding = self.finding
        if self.desk.is_stopped:
            return _STOPPED
        if finding.grade is Grade.C or finding.cause is Cause.DATA_TOO_POOR:
            return NoPlan(reason=Refused.DATA, words=finding.words)
        if not finding.is_qos or finding.link is None:
            return NoPlan(reason=Refused.NOT_QOS, words=finding.words)
        books = playbooks_for(finding, self.desk.playbooks)
        refused = NoPlan(reason=Refused.NO_PLAYBOOK, words=f"no playbook answers {finding.cause}")
        tried = False
        for book in books:
            # A codec is the answer only where priority may not grow to the need.
            too_much = tried and refused.reason is Refused.NEED_EXCEEDS_BOUNDS
            if book.remedy is Remedy.PREFER_CODEC and not too_much:
                continue
            found = self._with(book, self._link(finding.link), busy)
            if isinstance(found, Proposal):
                return found
            # The first refusal has the figures; that of another remedy only adds to it.
            words = f"{refused.words}; {found.words}" if tried else found.words
            refused, tried = replace(found, words=words), True
            if found.reason is not Refused.NEED_EXCEEDS_BOUNDS:
                break
        return refused

    def _link(self, link: LinkId) -> Link:
        return self.desk.scene.inventory.links[link]

    def _with(self, book: Playbook, link: Link, busy: Collection[str]) -> Proposal | NoPlan:
        if book.remedy is not Remedy.PREFER_CODEC and link.id.device in busy:
            return _busy(link.id.device)
        plan = self._plan(book, link)
        if isinstance(plan, NoPlan):
            return plan
        if plan.device in busy:
            return _busy(plan.device)
        prediction = self._predict(book, link, plan)
        if not pays(prediction):
            gain = f"from {prediction.mos_before:.2f} to {prediction.mos_after:.2f}"
            words = f"MOS would go {gain} only: {prediction.because}"
            return NoPlan(reason=Refused.DOES_NOT_PAY, words=words)
        return self._proposal(book, plan, prediction)

    def _plan(self, book: Playbook, link: Link) -> Planned | NoPlan:
        scene = self.desk.scene
        if book.remedy is Remedy.PREFER_CODEC:
            texts: dict[str, str] = {}
            for name in gateways(self.finding, scene.inventory):
                text = self.reader.running(name)
                if isinstance(text, NoPlan):
                    return text
                texts[name] = text
            running = {name: self._platform(name).parse(text) for name, text in texts.items()}
            return plan_codec(book, self.finding, scene.inventory, running)
        held = self.reader.running(link.id.device)
        if isinstance(held, NoPlan):
            return held
        view = view_of(link.id, scene)
        speed_bps = None if isinstance(view, str) else view.port.speed_bps
        ground = Ground(
            inventory=scene.inventory,
            link=link,
            running=self._platform(link.id.device).parse(held),
            load=expected_ef(scene.inventory, link, FlowDirection.OUT, scene.probes),
            speed_bps=speed_bps or link.rate_out_bps,
            busiest_out_bps=self.desk.busiest_out_bps.get(link.id),
        )
        return plan_at_link(book, self.finding, ground)

    def _platform(self, device: str) -> Platform:
        return self.desk.platforms[self.desk.scene.inventory.devices[device].platform]

    def _predict(self, book: Playbook, link: Link, plan: Planned) -> Prediction:
        scene = self.desk.scene
        subject = self._subject()
        removed = removed_loss(self.finding, link)
        if book.codec is None:
            return predict_queueing(subject, removed, link)
        changed = dict.fromkeys(plan.paths, book.codec)
        loads = (scene.inventory, link, FlowDirection.OUT, scene.probes)
        return predict_codec(
            subject,
            CODECS[book.codec],
            drop_ratio=removed,
            now=expected_ef(*loads),
            after=expected_ef(*loads, codecs=changed),
        )

    def _subject(self) -> Subject:
        """Return the way that suffers most of those that the finding is about."""
        scene = self.desk.scene
        subjects = [
            Subject(
                path=scene.inventory.paths[way.path],
                direction=way.direction,
                score=score,
                calm=self.desk.calm.get(way),
            )
            for way in self.finding.ways
            if isinstance(score := scene.scores.get(way.path), PathScore)
        ]
        return min(subjects, key=lambda one: one.mos)

    def _proposal(self, book: Playbook, plan: Planned, prediction: Prediction) -> Proposal | NoPlan:
        running = self.reader.running(plan.device)
        if isinstance(running, NoPlan):
            return running
        found = rendered(book, plan, self._platform(plan.device), running, but="voice suffers")
        if isinstance(found, NoPlan):
            return found
        reason = Reason(
            incident=self.alarm.id,
            alarms=(self.alarm.id,),
            findings=(self.finding,),
            prediction=prediction,
            grade=self.finding.grade,
        )
        return proposal_of(found, reason, self.desk.scene.inventory, self.now)


def _busy(device: str) -> NoPlan:
    words = f"another change is under way or waits on {device}"
    return NoPlan(reason=Refused.BUSY, words=words)
