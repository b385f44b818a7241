"""Answers what people ask with `/qosbot`, at once and to them alone."""

from dataclasses import dataclass

from qosbot.adapters.slack.writer import Library
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.ports.messaging import Post
from qosbot.render import slack
from qosbot.render.slack.answers import TOLD
from qosbot.workflows import answer
from qosbot.workflows.assess import assess
from qosbot.workflows.outside import Outside

_NEED = {"path": "a path, as in /qosbot path par-lyo", "why": "an id, as in /qosbot why ID"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """What a slash command can be answered with; it reads, and pauses or resumes."""

    library: Library
    outside: Outside

    def to(self, person: str, text: str) -> Post:
        """Return the answer to what somebody typed after `/qosbot`."""
        verb, _, argument = text.strip().partition(" ")
        argument = argument.strip()
        verb = verb.lower() or "help"
        if verb in _NEED and not argument:
            return slack.answer_post(f"{verb} needs {_NEED[verb]}")
        now = self.library.clock.now()
        if verb == "pause":
            return slack.answer_post(answer.pause(person, self.outside))
        if verb == "resume":
            return slack.answer_post(answer.resume(person, self.outside, now))
        return _as_post(self._told(verb, argument))

    def _told(self, verb: str, argument: str) -> str:
        library = self.library
        if verb == "status":
            return self._status()
        if verb == "pending":
            found = library.decisions.remediations(only_open=True)
            return slack.pending_text(found, now=library.clock.now())
        if verb == "path":
            return self._path(argument)
        if verb == "why":
            return self._why(argument)
        return slack.help_text()

    def _status(self) -> str:
        library = self.library
        polled = [state.polled_at for state in library.store.device_states().values()]
        now = library.clock.now()
        return slack.status_text(
            remediations=library.decisions.remediations(states=TOLD),
            alarms=tuple(library.decisions.alarms().values()),
            controls=library.decisions.controls(),
            poll_age_s=(now - max(polled)).total_seconds() if polled else None,
            has_kill_switch=self.outside.has_kill_switch(),
        )

    def _path(self, name: str) -> str:
        library = self.library
        return slack.path_text(
            name,
            self._score(name),
            alarms=tuple(library.decisions.alarms().values()),
            threshold=library.threshold([name]),
        )

    def _score(self, name: str) -> PathScore | Unmeasured | None:
        library = self.library
        scores = assess(
            library.inventory(),
            store=library.store,
            now=library.clock.now(),
            poll_interval_s=self.outside.poll_interval_s,
        )
        return next((one for one in scores if one.path == name), None)

    def _why(self, name: str) -> str:
        found = self.library.decisions.remediation(name)
        if found is None:
            return _plain(f"there is no proposal {name}; /qosbot pending lists what waits")
        return slack.why_text(found, disclosure=self.library.disclosure)


def _plain(words: str) -> str:
    return slack.answer_post(words).text


def _as_post(text: str) -> Post:
    """Return a text that is escaped already as an answer."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return Post(text=text, blocks=(section,))
