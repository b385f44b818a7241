"""A night's audit in a chat: a summary, and the whole report as a file in its thread."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC

from qosbot.domain.audit.findings import AuditFinding, Severity
from qosbot.domain.audit.nights import NetworkAudit
from qosbot.domain.messages import Disclosure
from qosbot.domain.precautions import is_offered
from qosbot.ports.messaging import Attachment, Post
from qosbot.render.audit.pages import html
from qosbot.render.audit.report import masked, report
from qosbot.render.cleaning import clean
from qosbot.render.slack.blocks import Block, context, header, section
from qosbot.render.slack.discretion import Discretion, at_minute
from qosbot.render.slack.text import counted, escape, fit, listed

_MOST_FINDINGS, _MOST_DEVICES, _LINE = 8, 5, 160


def report_post(audit: NetworkAudit, disclosure: Disclosure) -> Post:
    """Return how many findings are new, worse and fixed, and the worst of them."""
    discretion = Discretion(level=disclosure)
    title = f"Network audit: {_counts(audit.standing) or 'nothing found'}"
    blocks: list[Block] = [header(title), section("\n".join(_facts(audit, discretion)))]
    worst = _worst(audit)
    if worst and discretion.names_devices:
        lines = [fit(_line(one, audit, discretion), _LINE) for one in worst[:_MOST_FINDINGS]]
        more = len(worst) - _MOST_FINDINGS
        blocks.append(section("\n".join([*lines, *([f"…and {more} more"] if more > 0 else [])])))
    where = (
        "the report is in the thread"
        if discretion.names_devices
        else "the report stays in the network: `qosbot audit --html FILE`"
    )
    blocks.append(context(f"{discretion.name(audit.id)} · {at_minute(audit.began_at)}", where))
    return Post(text=escape(title), blocks=tuple(blocks))


def report_files(audit: NetworkAudit, disclosure: Disclosure) -> tuple[Attachment, ...]:
    """Return the report, masked as the chat wants it; none where no line may leave."""
    discretion = Discretion(level=disclosure)
    if not discretion.names_devices:
        return ()
    tree = {
        name: masked(value, lambda text: discretion.masked(clean(text)))
        for name, value in report(audit).items()
    }
    at = audit.began_at.astimezone(UTC)
    return (
        Attachment(
            name=f"network-audit-{at:%Y-%m-%d-%H%M}.html",
            title=f"Network audit {at_minute(at)}",
            content=html(tree).encode(),
        ),
    )


def _facts(audit: NetworkAudit, discretion: Discretion) -> Sequence[str]:
    changes = audit.changes
    counts = (
        (changes.new, "new"),
        (changes.worse, "worse"),
        (changes.fixed, "fixed"),
        (changes.not_seen, "not seen tonight"),
    )
    moved = ", ".join(f"{len(found)} {word}" for found, word in counts)
    if audit.since is None:
        changed = "*Changes* it is the first audit: there is nothing to compare with yet"
    else:
        changed = f"*Changes* {moved} since {at_minute(audit.since)}"
    unread = [discretion.words(one.device, 40) for one in audit.unread]
    names = listed([one for one in unread if one], _MOST_DEVICES)
    missing = f", {len(unread)} not read{f': {names}' if names else ''}" if unread else ""
    low = [one for one in audit.days if one.below_min > 0]
    worst = sorted(low, key=lambda one: -one.below_min)
    paths = listed([discretion.name(one.path, 40) for one in worst], _MOST_DEVICES)
    below = f"{counted(len(low), 'path')} below the threshold: {paths}" if low else "none below"
    offered = sum(is_offered(one) for one in audit.standing)
    can = f"`qosbot plan --from-audit ID` proposes a change for {offered} of the findings"
    return [
        changed,
        *([f"*To be planned* {can}"] if offered else []),
        f"*Devices* {len(audit.devices)} audited{missing}",
        f"*Voice in the last 24 h* {below} (of {len(audit.days)})",
    ]


def _worst(audit: NetworkAudit) -> list[AuditFinding]:
    """Return what is new or worse, and after it what else is critical, the worst first."""
    changed = [*audit.changes.new, *(one.finding for one in audit.changes.worse)]
    moved = {one.id for one in changed}
    standing = [one for one in audit.standing if one.id in moved]
    old = [one for one in audit.standing if one.id not in moved]
    return [*standing, *(one for one in old if one.severity is Severity.CRITICAL)]


def _line(one: AuditFinding, audit: NetworkAudit, discretion: Discretion) -> str:
    where = discretion.words(one.where, 90) or "the whole device"
    is_new = any(one.id == new.id for new in audit.changes.new)
    is_worse = any(one.id == worse.finding.id for worse in audit.changes.worse)
    change = "new, " if is_new else "worse, " if is_worse else ""
    rule, device = discretion.words(one.rule, 20), discretion.words(one.device, 40)
    return f"• *{change}{one.severity}* {rule} on {device}: {where}"


def _counts(findings: Sequence[AuditFinding]) -> str:
    counts = Counter(one.severity for one in findings)
    return ", ".join(f"{counts[one]} {one}" for one in Severity if counts[one])
