"""Plain remediations, cards made of them, and what such a message holds."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.findings import Evidence
from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import Remediation
from qosbot.domain.samples import FlowDirection
from qosbot.ports.messaging import Post
from qosbot.render.slack import Stake, card
from tests.domain.builders import NOON
from tests.domain.remedies import REMEDIATION, VOICE_PATH, proposal

LATER = NOON + timedelta(minutes=3)
MENTION = "<@U0GOOD>"
_OURS = re.compile(r"<!date\^\d+\^\{time\}\|\d\d:\d\d UTC>|<@U0GOOD>")

EVIDENCE = tuple(
    Evidence(
        device="par-ce1",
        interface="Gi0/1",
        direction=FlowDirection.OUT,
        class_path=VOICE_PATH,
        counter=counter,
        value=value,
        at=NOON,
    )
    for counter, value in (
        ("drop_ratio", 0.12),
        ("forward_loss_ratio", 0.12),
        ("forward_jitter_s", 0.008),
        ("forward_delay_s", 0.06),
    )
)
WORDS = "class WAN / VOICE on par-ce1 Gi0/1 drops 12.0 % of 500 kbit/s; 10.9.8.7 asks"


def typical(**changed: object) -> Remediation:
    """A change that waits for a decision, with its evidence."""
    plan = proposal(paths=("par-lyo", "par-nic"))
    found = replace(plan.findings[0], evidence=EVIDENCE, words=WORDS)
    plan = replace(
        plan,
        findings=(found,),
        revert_mechanism="the device's own timer, armed before the first line",
    )
    return replace(REMEDIATION, proposal=plan, **changed)  # type: ignore[arg-type]  # by name


def rewritten(remediation: Remediation, **changed: object) -> Remediation:
    """The same with another proposal: only the fields named differ."""
    return replace(remediation, proposal=replace(remediation.proposal, **changed))  # type: ignore[arg-type]


def approval(remediation: Remediation, by: str = "T0TEAM/U0GOOD") -> Decision:
    return Decision(
        remediation=remediation.id,
        choice=Choice.APPROVE,
        by=by,
        at=NOON,
        plan_hash=remediation.proposal.plan_hash,
    )


def decided_by(remediation: Remediation, by: str = "T0TEAM/U0GOOD") -> Remediation:
    plan = remediation.proposal.plan_hash
    return replace(remediation, decided_by=by, decided_at=NOON, plan_hash=plan)


def carded(
    remediation: Remediation,
    *,
    disclosure: Disclosure = Disclosure.LINES,
    decision: Decision | None = None,
    votes: Sequence[Decision] = (),
    quorum: int = 1,
    stake: Stake | None = None,
) -> Post:
    return card(
        remediation,
        votes=votes,
        decision=decision,
        quorum=quorum,
        disclosure=disclosure,
        now=LATER,
        stake=stake,
    )


def pieces(value: object) -> Iterator[Mapping[str, object]]:
    """Every object of a tree of JSON."""
    if isinstance(value, Mapping):
        yield value
    if isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from pieces(inner)


def marked_up(value: object) -> list[str]:
    """Every text that Slack reads as markup."""
    return [str(one["text"]) for one in pieces(value) if one.get("type") == "mrkdwn"]


def buttons(post: Post) -> set[str]:
    return {str(one["action_id"]) for one in pieces(post.blocks) if one.get("type") == "button"}


def whole(value: object) -> str:
    """All of a message or a view as JSON, as it would be sent."""
    tree = {"text": value.text, "blocks": value.blocks} if isinstance(value, Post) else value
    return json.dumps(tree, ensure_ascii=False)


def forged(value: object) -> list[str]:
    """Markup that none of our own tokens explain."""
    texts = marked_up(value.blocks if isinstance(value, Post) else value)
    if isinstance(value, Post):
        texts.append(value.text)
    return [text for text in texts if "<" in _OURS.sub("", text) or ">" in _OURS.sub("", text)]
