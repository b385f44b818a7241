"""A proposal as text for a terminal: all that a person needs to decide on it."""

from collections.abc import Iterator, Sequence

from qosbot.domain.findings import Evidence, Finding
from qosbot.domain.history import Entry
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import Remediation


def proposal_text(remediation: Remediation, history: Sequence[Entry]) -> str:
    """Return a remediation whole: why, what, what it would take back, and what happened."""
    return "\n".join(_lines(remediation, history))


def _lines(remediation: Remediation, history: Sequence[Entry]) -> Iterator[str]:
    proposal = remediation.proposal
    yield f"{remediation.id}  {remediation.state}  {remediation.remark}".rstrip()
    yield ""
    for finding in proposal.findings:
        yield f"why       {finding.words}"
        yield from _evidence(finding)
    yield from _expected(proposal)
    yield f"risk      {proposal.risk}; data of grade {proposal.grade}"
    paths = ", ".join(proposal.blast_radius)
    yield f"touches   {proposal.change.device} ({proposal.site}); paths {paths}"
    yield f"calls     may notice: {proposal.change.interruption}"
    yield from _rule(proposal)
    yield f"reverts   {proposal.revert_mechanism}; armed with {remediation.revert_after_min} min"
    syntax = "backed by recordings" if proposal.change.is_verified_syntax else "UNVERIFIED SYNTAX"
    yield f"syntax    {syntax}"
    for caution in proposal.cautions:
        yield f"caution   {caution}"
    yield f"expires   {proposal.expires_at:%Y-%m-%d %H:%M:%S} UTC"
    yield f"plan      {proposal.plan_hash[:16]}"
    for title, lines in (
        ("diff", proposal.change.diff.splitlines()),
        ("lines to apply", proposal.change.apply),
        ("exact undo", proposal.change.undo),
    ):
        yield ""
        yield title
        yield from (f"  {line}" for line in lines)
    if remediation.outcome is not None:
        yield ""
        yield f"outcome   {remediation.outcome}"
        yield from (f"  {reason}" for reason in remediation.reasons)
    if remediation.is_saved is not None:
        yield f"saved     {'yes' if remediation.is_saved else 'no, and the reason is below'}"
    yield ""
    yield "what happened"
    for entry in history:
        step = entry.step
        yield f"  {step.at:%H:%M:%S}  {step.state:<18} {step.by:<12} {step.words}".rstrip()


def _expected(proposal: Proposal) -> Iterator[str]:
    precaution, predicted = proposal.precaution, proposal.prediction
    if precaution is not None:
        yield f"why       a precaution: audit finding {precaution.finding}, {precaution.severity}"
        yield f"          {precaution.words}"
        yield from (f"  read    {line}" for line in precaution.evidence)
        yield "predicts  nothing: nobody suffers yet; whether it helps shows under load"
    if predicted is not None:
        yield (
            f"predicts  MOS {predicted.mos_before:.2f} to {predicted.mos_after:.2f} "
            f"({predicted.mos_after_low:.2f}-{predicted.mos_after_high:.2f}), "
            f"because {predicted.because}"
        )


def _rule(proposal: Proposal) -> Iterator[str]:
    if proposal.success is None:
        return
    same, worse = proposal.success.same_load_ratio, proposal.success.worse_drop_ratio
    if proposal.precaution is not None:
        yield (
            "stays     if the rule is met then, voice drops nothing more, nothing sounds worse, "
            f"and no class drops over {100 * worse:.4g} % more"
        )
        return
    yield (
        f"stays     if it helps under the alarm's load, within {100 * same:.4g} %, "
        f"and no other class drops over {100 * worse:.4g} % more"
    )


def _evidence(finding: Finding) -> Iterator[str]:
    for one in finding.evidence:
        yield f"  read    {_place(one)}: {one.counter} = {one.value:g} at {one.at:%H:%M:%S} UTC"


def _place(one: Evidence) -> str:
    way = "" if one.direction is None else f" {one.direction}"
    classes = f" {' / '.join(one.class_path)}" if one.class_path else ""
    return f"{one.device} {one.interface}{way}{classes}"
