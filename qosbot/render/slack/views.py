"""The windows that a button opens: all details, and the question why not."""

from collections.abc import Iterator, Sequence

from qosbot.domain.findings import Evidence
from qosbot.domain.history import Entry
from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import Remediation
from qosbot.render.slack import actions
from qosbot.render.slack.blocks import SECTION, Block, code_block, context, plain, section
from qosbot.render.slack.discretion import Discretion, at_minute, clock
from qosbot.render.slack.facts import affected_paths, score, worst_mos
from qosbot.render.slack.notes import step_line
from qosbot.render.slack.parts import Subject
from qosbot.render.slack.phrases import CAUSES, capital, change_words, found, standing_of
from qosbot.render.slack.text import listed

_TITLE = 24
_EVIDENCE, _CODE_LINES, _CODE, _STEPS, _STEP = 40, 150, 2700, 40, 240
_REASON = 500
"""How much a person may write."""

View = dict[str, object]


def details_view(
    remediation: Remediation, history: Sequence[Entry], *, disclosure: Disclosure
) -> View:
    """Return a window with the evidence, the diff, the undo and what happened."""
    about = Subject(remediation=remediation, discretion=Discretion(level=disclosure))
    return {
        "type": "modal",
        "title": plain(f"Details of {remediation.id}", _TITLE),
        "close": plain("Close", _TITLE),
        "private_metadata": actions.routing_key(remediation),
        "blocks": list(_details(about, history)),
    }


def _details(about: Subject, history: Sequence[Entry]) -> Iterator[Block]:
    remediation, discretion = about.remediation, about.discretion
    mos, predicted = worst_mos(remediation), remediation.proposal.prediction
    told = change_words(remediation.proposal.change, discretion)
    state = standing_of(remediation) or "It waits for a decision."
    sound = f"MOS {score(mos.before)}"
    if predicted is not None:
        because = discretion.words(predicted.because, 600)
        sound += f", predicted {predicted.mos_after:.2f}{f', because {because}' if because else ''}"
    yield section(f"{state}\n{told}\n{sound}")
    yield from _evidence(about)
    if discretion.names_devices:
        change = remediation.proposal.change
        yield from _code(about, "Diff", change.diff.splitlines())
        yield from _code(about, "Exact undo", change.undo)
    yield from _timeline(about, history)
    yield context(f"All of it: {about.show}")


def _evidence(about: Subject) -> Iterator[Block]:
    discretion, precaution = about.discretion, about.remediation.proposal.precaution
    if precaution is not None:
        yield section(f"*Why* {found(precaution, discretion)}")
        yield from _code(about, "As configured", precaution.evidence)
    for finding in about.remediation.proposal.findings[:3]:
        words = discretion.words(finding.words, 600) or CAUSES[finding.cause]
        lines = [f"*Why* {capital(words)} (data of grade {finding.grade})"]
        if discretion.names_devices:
            lines += [_read(one, discretion) for one in finding.evidence[:_EVIDENCE]]
            left = len(finding.evidence) - _EVIDENCE
        else:
            left = len(finding.evidence)
        yield from _lines(lines, f"…{max(0, left)} more readings: {about.show}" if left > 0 else "")


def _read(one: Evidence, discretion: Discretion) -> str:
    way = "" if one.direction is None else f" {one.direction}"
    classes = f" {' / '.join(one.class_path)}" if one.class_path else ""
    place = discretion.words(f"{one.device} {one.interface}{way}{classes}", 140)
    counter = discretion.words(one.counter, 60)
    return f"• {place}: {counter} = {one.value:g} at {clock(one.at)}"


def _code(about: Subject, title: str, lines: Sequence[str]) -> Iterator[Block]:
    shown = about.discretion.code(lines, most=_CODE_LINES, limit=_CODE, width=160)
    left = f"\n…{shown.left_out} more lines: {about.show}" if shown.left_out else ""
    yield section(f"*{title}*\n{code_block(shown.text) or 'none'}{left}")


def _timeline(about: Subject, history: Sequence[Entry]) -> Iterator[Block]:
    """Yield the last steps, in the order of time."""
    steps = [step_line(entry, about.discretion, limit=_STEP) for entry in history[-_STEPS:]]
    left = len(history) - len(steps)
    first = [f"…{left} earlier steps: {about.show}"] if left else []
    yield from _lines(["*What happened*", *first, *(steps or ["nothing yet"])], "")


def _lines(lines: Sequence[str], last: str) -> Iterator[Block]:
    """Yield sections that hold whole lines."""
    held: list[str] = []
    for line in [*lines, *([last] if last else [])]:
        if sum(len(one) + 1 for one in held) + len(line) > SECTION:
            yield section("\n".join(held))
            held = []
        held.append(line)
    yield section("\n".join(held))


def reject_view(remediation: Remediation) -> View:
    """Return the window that asks why a change is rejected; it names paths only."""
    discretion = Discretion(level=Disclosure.SUMMARY)
    paths = [discretion.name(path, 60) for path in affected_paths(remediation)]
    expires = at_minute(remediation.proposal.expires_at)
    is_precaution = remediation.proposal.precaution is not None
    anew = "the finding stays" if is_precaution else "the next alarm may propose anew"
    again = "finding again" if is_precaution else "next alarm on these paths"
    reason = {
        "type": "plain_text_input",
        "action_id": actions.REASON_ACTION,
        "multiline": True,
        "min_length": 1,
        "max_length": _REASON,
        "placeholder": plain(f"For whoever sees the {again}", 150),
    }
    return {
        "type": "modal",
        "callback_id": actions.REJECT_REASON,
        "private_metadata": actions.routing_key(remediation),
        "title": plain("Reject the change", _TITLE),
        "submit": plain("Reject", _TITLE),
        "close": plain("Back", _TITLE),
        "blocks": [
            section(
                f"{discretion.name(remediation.id)} for {listed(paths, 5) or 'a path'}, open until "
                f"{expires}. Rejected, nothing is changed; {anew}."
            ),
            {
                "type": "input",
                "block_id": actions.REASON_BLOCK,
                "label": plain("Why not?", 100),
                "element": reason,
            },
        ],
    }
