"""What is seen of one path while a scenario plays: in the record, in the lab, on the routers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from qosbot.cli.demo.expect import Configs, Ending, Truth
from qosbot.cli.demo.stage import Stage
from qosbot.domain.considerations import Consideration
from qosbot.domain.inventory import LinkId
from qosbot.domain.metrics import Grade
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.remediation import Remediation


@dataclass(slots=True, kw_only=True)
class Witness:
    """Looks at one path; `begin` is called when its trouble is about to begin."""

    stage: Stage
    path: str
    _began_at: datetime | None = None
    _lab_time: float = 0.0
    _mos_first: float | None = None
    _before: Mapping[str, Configs] = field(default_factory=dict)
    _known: frozenset[str] = frozenset()
    """Remediations of before."""
    _alarms: dict[str, float] = field(default_factory=dict)
    """Alarms of the path since, with their worst MOS."""
    _suffered: Truth | None = None
    _considered: dict[tuple[object, ...], Consideration] = field(default_factory=dict)

    @property
    def has_begun(self) -> bool:
        """Return whether the trouble has begun."""
        return self._began_at is not None

    @property
    def uplink(self) -> LinkId:
        """Return where the branch's voice leaves for Paris."""
        path = self.stage.bot.inventory.paths[self.path]
        return path.backward.egress[0].any_of[0]

    @property
    def routers(self) -> tuple[str, ...]:
        """Return the routers of the branch."""
        devices = self.stage.bot.inventory.devices
        site = devices[self.uplink.device].site
        return tuple(name for name, device in devices.items() if device.site == site)

    def begin(self) -> None:
        """Note how everything is before the trouble."""
        stage = self.stage
        score = self.score()
        self._mos_first = score.mos if isinstance(score, PathScore) else None
        self._before = {name: stage.terminal.read(name) for name in self.routers}
        self._known = frozenset(one.id for one in stage.bot.records.decisions.remediations())
        self._lab_time = stage.network.now()
        self._began_at = stage.bot.clock.now()

    def score(self) -> PathScore | Unmeasured:
        """Return the path's score as of now."""
        return next(one for one in self.stage.bot.assess() if one.path == self.path)

    def is_healthy(self) -> bool:
        """Return whether the path is measured, good and without an alarm."""
        score = self.score()
        floor = self.stage.bot.inventory.paths[self.path].thresholds.clear_above
        alarms = self.stage.bot.records.decisions.alarms().values()
        is_good = isinstance(score, PathScore) and score.mos > floor
        return is_good and not any(way.path == self.path for one in alarms for way in one.ways)

    def look(self) -> None:
        """Note the alarms of the path and what became of them."""
        if self._began_at is None:
            return
        records = self.stage.bot.records
        for one in records.decisions.alarms().values():
            if one.raised_at > self._began_at and any(way.path == self.path for way in one.ways):
                self._alarms[one.id] = one.mos_worst
        for told in records.memory.considerations():
            if told.alarm in self._alarms:
                self._considered[told.finding.cause, told.verdict, told.words] = told

    def is_noticed(self) -> bool:
        """Return whether a cause was found on good data, or the path is measured no more."""
        self.look()
        is_found = any(one.finding.grade is not Grade.C for one in self._considered.values())
        return is_found or isinstance(self.score(), Unmeasured)

    def made(self) -> tuple[Remediation, ...]:
        """Return what was proposed for the path since, oldest first."""
        self.look()
        made = tuple(
            one
            for one in self.stage.bot.records.decisions.remediations()
            if one.id not in self._known and any(way.path == self.path for way in one.affected)
        )
        if made and self._suffered is None:
            self._suffered = self.stage.network.truth(self.path)
        return made

    def ending(self, overdue: str) -> Ending:
        """Return all that was seen, as of now."""
        stage, made, score = self.stage, self.made(), self.score()
        worst = [*self._alarms.values()]
        predictions = [one.proposal.prediction for one in made]
        worst += [one.mos_before for one in predictions if one is not None]
        links = [stage.bot.records.decisions.broken_link(one.id) for one in made]
        return Ending(
            considered=tuple(self._considered.values()),
            remediations=made,
            mos_before=min(worst, default=self._mos_first),
            mos_after=score.mos if isinstance(score, PathScore) else None,
            clear_above=stage.bot.inventory.paths[self.path].thresholds.clear_above,
            not_measured=score.reason if isinstance(score, Unmeasured) else None,
            truth=stage.network.truth(self.path),
            suffered=self._suffered,
            before=self._before,
            after={name: stage.terminal.read(name) for name in self._before},
            received={name: stage.network.received(name, self._lab_time) for name in self._before},
            broken=tuple(
                f"{link.remediation}: entry {link.seq} {link.words}"
                for link in links
                if link is not None
            ),
            overdue=overdue,
        )
