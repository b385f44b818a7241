"""What lies in a card's thread as files: the diff, the exact undo, and a plot of the evidence."""

from collections.abc import Mapping, Sequence

from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import Remediation
from qosbot.ports.keeping import ScoreRow
from qosbot.ports.messaging import Attachment
from qosbot.render.evidence import Evidence, Point
from qosbot.render.slack.actions import routing_key
from qosbot.render.slack.discretion import Discretion
from qosbot.render.slack.facts import affected_paths

_LABEL = 56


def texts(remediation: Remediation, *, disclosure: Disclosure) -> tuple[Attachment, ...]:
    """Return the diff and the exact undo of a proposal; none where no line may leave."""
    routing_key(remediation)  # an id that is none of ours would name a file as it likes
    discretion = Discretion(level=disclosure)
    if not discretion.names_devices:
        return ()
    change, ident = remediation.proposal.change, remediation.id
    device = discretion.plain_name(change.device, 60)
    undo = "\n".join(change.undo)
    return (
        Attachment(
            name=f"{ident}.diff",
            title=f"What would change on {device}",
            content=_content(change.diff, discretion, ident),
        ),
        Attachment(
            name=f"{ident}-undo.txt",
            title=f"The exact undo on {device}",
            content=_content(undo, discretion, ident),
        ),
    )


def plot(
    remediation: Remediation,
    *,
    disclosure: Disclosure,
    scores: Mapping[str, Sequence[ScoreRow]],
    drops: Sequence[Point],
    thresholds: Mapping[str, float],
) -> Attachment:
    """Return a picture of what a proposal rests on; whoever calls must do without if it fails.

    Args:
        remediation: whose.
        disclosure: how much of the network may leave it.
        scores: of each affected path over the last hours, oldest first.
        drops: what the bottleneck's class dropped of its load, in 0..1, oldest first.
        thresholds: the MOS below which an alarm is raised, by path.
    """
    from qosbot.render.plots import evidence_png  # noqa: PLC0415 - slow to import

    routing_key(remediation)
    discretion = Discretion(level=disclosure)
    evidence = evidence_of(
        remediation, discretion, scores=scores, drops=drops, thresholds=thresholds
    )
    return Attachment(
        name=f"{remediation.id}.png",
        title="MOS of the affected paths, and drops",
        content=evidence_png(evidence),
    )


def _content(text: str, discretion: Discretion, ident: str) -> bytes:
    """Return a text as a file's bytes; never empty, which Slack would refuse."""
    lines = discretion.shown_lines(text.rstrip("\n"))
    if lines != text.rstrip("\n").split("\n"):
        lines = [f"! masked for a chat: `qosbot show {ident}` prints it whole", *lines]
    return ("\n".join(lines if text.strip() else ["! there is nothing in it"]) + "\n").encode()


def evidence_of(
    remediation: Remediation,
    discretion: Discretion,
    *,
    scores: Mapping[str, Sequence[ScoreRow]],
    drops: Sequence[Point],
    thresholds: Mapping[str, float],
) -> Evidence:
    """Return what the plot shows; nothing but paths is named where names must not leave."""
    drops_of = "drops at the bottleneck"
    if discretion.names_devices:
        finding = next(iter(remediation.proposal.findings), None)
        of_class = "" if finding is None else " / ".join(finding.class_path)
        what = f"drops of {of_class or 'the queue'} on {remediation.before.link}"
        drops_of = discretion.plain_name(what, _LABEL)
    named = {path: discretion.plain_name(path, 40) for path in affected_paths(remediation)}
    return Evidence(
        title=f"{remediation.id}: before the change",
        scores={name: scores[path] for path, name in named.items() if path in scores},
        thresholds={name: thresholds[path] for path, name in named.items() if path in thresholds},
        drops=drops,
        drops_of=drops_of,
    )
