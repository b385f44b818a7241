"""Words for causes, changes, states and people, where they name nothing of the network."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from qosbot.domain.approvals import POLICY
from qosbot.domain.findings import Cause
from qosbot.domain.intents import AddClassMatch, AttachVoicePolicy, ConfigChange, SetPriority
from qosbot.domain.proposals import Precaution
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.sightings import in_bits
from qosbot.domain.verification import Outcome
from qosbot.render.slack.discretion import Discretion

TITLES: Mapping[State, str] = MappingProxyType(
    {
        State.OBSERVED: "Observed only",
        State.AWAITING_DECISION: "Decision needed",
        State.APPROVED: "Approved",
        State.REJECTED: "Rejected",
        State.EXPIRED: "Expired",
        State.WITHDRAWN: "Withdrawn",
        State.STALE: "Out of date",
        State.REFUSED: "Refused",
        State.APPLYING: "Under way",
        State.READING_BACK: "Under way",
        State.VERIFYING: "On trial",
        State.CONFIRMING: "Helped",
        State.SAVING: "Helped",
        State.DONE: "Done",
        State.ROLLING_BACK: "Going back",
        State.ROLLED_BACK: "Rolled back",
        State.STUCK: "A person is needed",
        State.SETTLED: "Settled",
    }
)
"""How a card begins."""

STANDING: Mapping[State, str] = MappingProxyType(
    {
        State.OBSERVED: "The mode is observe: this is what would have been done. Nothing was, "
        "and nothing will be.",
        State.APPROVED: "Approved; every guard is asked again before the first line.",
        State.REJECTED: "A person said no; nothing was changed.",
        State.EXPIRED: "Its time ran out; nothing was changed.",
        State.WITHDRAWN: "The alarm cleared by itself; nothing was changed.",
        State.STALE: "The configuration is no longer the one that was approved; nothing was "
        "changed.",
        State.REFUSED: "A guard forbids it; nothing was changed.",
        State.APPLYING: "The device's own timer is armed, then the lines are typed.",
        State.READING_BACK: "The lines were taken; what is in force is read back.",
        State.VERIFYING: "The change is in force, and is judged on new probe runs.",
        State.CONFIRMING: "Voice got better because of it; the device's timer is taken off.",
        State.SAVING: "It stays; it is saved if nothing but it would be saved.",
        State.DONE: "It helped, and stays.",
        State.ROLLING_BACK: "The exact undo is typed and read back.",
        State.ROLLED_BACK: "The device runs without the change again.",
        State.STUCK: "qosbot cannot bring the device back by itself.",
        State.SETTLED: "A person said that the device is in order again.",
    }
)
"""What a state means, as a sentence."""

CAUSES: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.NO_POLICY: "a congested link has no queueing policy",
        Cause.VOICE_CLASS_TOO_SMALL: "the voice class of a link is too small for its calls",
        Cause.FOREIGN_EF: "more traffic is marked as voice than the calls explain",
        Cause.CLASS_MATCHES_NOTHING: "a voice class matches none of the voice packets",
        Cause.INGRESS_OVERLOAD: "the carrier drops before the far end",
        Cause.PHYSICAL_ERRORS: "a line has physical errors, which is no matter of QoS",
        Cause.DATA_TOO_POOR: "the data are too poor to name a cause",
        Cause.UNEXPLAINED: "it was measured well, and no known cause fits",
    }
)

OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.HELPED: "helped",
        Outcome.NO_EFFECT: "no effect",
        Outcome.HURT: "hurt",
        Outcome.INCONCLUSIVE: "inconclusive",
        Outcome.HARMLESS: "harmless",
    }
)

_PRECAUTION_TITLES = {State.CONFIRMING: "Harmless", State.SAVING: "Harmless"}

_PRECAUTION_STANDING = {
    State.WITHDRAWN: "Its finding is gone, or a change for voice that suffers goes first; nothing "
    "was changed.",
    State.CONFIRMING: "Nothing got worse; the device's timer is taken off.",
    State.DONE: "Nothing got worse, and it stays; whether it helps shows under load.",
}
"""What a precaution says otherwise: it answers no alarm, and never says that it helped."""

_SLACK_USER = re.compile(r"[TE][A-Z0-9]{1,20}/([UW][A-Z0-9]{1,20})", re.ASCII)
_ON_COMMAND_LINE = "cli:"


def title_of(remediation: Remediation) -> str:
    """Return how the card of a remediation begins."""
    told = _PRECAUTION_TITLES if remediation.proposal.precaution is not None else {}
    return told.get(remediation.state) or TITLES[remediation.state]


def standing_of(remediation: Remediation) -> str:
    """Return what the state of a remediation means, as a sentence; empty while it waits."""
    told = _PRECAUTION_STANDING if remediation.proposal.precaution is not None else {}
    return told.get(remediation.state) or STANDING.get(remediation.state, "")


def found(precaution: Precaution, discretion: Discretion) -> str:
    """Return what a precaution answers; without the place where names must not leave."""
    rule = discretion.name(precaution.rule, 20)
    wanted = discretion.name(precaution.title, 200)
    where = discretion.words(precaution.where, 200)
    place = f" at {where}" if where else ""
    return f"{capital(precaution.severity)}: {rule} is broken{place}. It wants: {wanted}."


def stays_if(remediation: Remediation) -> str:
    """Return what has to be seen for a change to stay."""
    is_precaution = remediation.proposal.precaution is not None
    return "nothing got worse" if is_precaution else "voice got better"


def capital(text: str) -> str:
    """Return a text as the beginning of a sentence; a name of a device stays as it is."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() else text


def change_words(change: ConfigChange, discretion: Discretion) -> str:
    """Return a change as one sentence, escaped; without names where those must not leave."""
    if not discretion.names_devices:
        return _nameless(change)
    intent = change.intent
    device = discretion.words(change.device, 60)
    where = device
    if not hasattr(intent, "dial_peer"):
        where = f"{device} {discretion.words(intent.interface, 60)}"
    match intent:
        case AttachVoicePolicy():
            shaped = f", shaped to {in_bits(intent.shape_bps)}" if intent.shape_bps else ""
            priority = in_bits(intent.priority_bps)
            return f"Attach a policy to {where} that serves voice first with {priority}{shaped}."
        case SetPriority():
            name = discretion.words(" / ".join(intent.class_path), 120)
            given = f"{in_bits(intent.priority_bps)} of {in_bits(intent.reference_bps)}"
            return f"Give class {name} on {where} strict priority for {given}."
        case AddClassMatch():
            name = discretion.words(" / ".join(intent.class_path), 120)
            return f"Let class {name} on {where} match DSCP {intent.dscp}."
        case _:
            codec = discretion.words(intent.codec, 30)
            return f"Let new calls of dial-peer {intent.dial_peer} on {device} prefer {codec}."


def _nameless(change: ConfigChange) -> str:
    match change.intent:
        case AttachVoicePolicy():
            return "Attach a policy that serves voice first, on one device."
        case SetPriority():
            return "Give an existing voice class more strict priority, on one device."
        case AddClassMatch():
            return "Let an existing voice class match the voice packets, on one device."
        case _:
            return "Let new calls prefer a smaller codec, on one device."


def who(by: str, discretion: Discretion) -> str:
    """Return a person as a card names them: a mention where Slack knows them."""
    user = _SLACK_USER.fullmatch(by)
    return f"<@{user[1]}>" if user is not None else who_plainly(by, discretion)


def who_plainly(by: str, discretion: Discretion) -> str:
    """Return a person where nobody is to be called, escaped."""
    user = _SLACK_USER.fullmatch(by)
    if user is not None:
        return f"Slack user {user[1]}"
    if by == POLICY:
        return "policy.yaml, in advance"
    if by.startswith(_ON_COMMAND_LINE):
        return f"{discretion.name(by.removeprefix(_ON_COMMAND_LINE), 60)} (command line)"
    return discretion.name(by, 60) or "nobody"
