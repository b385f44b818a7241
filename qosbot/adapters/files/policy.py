"""policy.yaml: what may be done, by whom and when.  What it does not say is observed only."""

import re
from collections.abc import Mapping, Sequence
from zoneinfo import available_timezones

from qosbot.adapters.files.checker import Checker, nearest
from qosbot.adapters.files.sources import Sources
from qosbot.adapters.files.tree import Node
from qosbot.adapters.files.units import SHARE, TIME
from qosbot.domain.inventory import AcceptedFinding, Limits, Mode, Policy, Risk, Window

_APPROVER = re.compile(r"T[A-Z0-9]{2,20}/[USW][A-Z0-9]{2,20}|cli:[A-Za-z_][A-Za-z0-9._-]{0,62}")
_APPROVER_FORM = "`T…/U…` (Slack user), `T…/S…` (Slack user group) or `cli:NAME`"
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_CLOCK_FORM = "a time of day like `20:00`"
_KEYS = ("mode", "approvers", "quorum", "windows", "time_zone", "limits", "accepted_findings")
_FINDING = re.compile(r"[0-9a-f]{12}", re.ASCII)
_FINDING_FORM = "twelve hex digits, as `qosbot audit --json` shows them"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES = 24 * 60
_MOST_CHANGES = 100
_MOST_PEOPLE = 9
_COOL_DOWNS = ("1 min", "168 h")
_SHARES = ("1 %", "50 %")
_EXPIRIES = ("1 min", "24 h")


def read_policy(sources: Sources) -> Policy:
    """Return the policy of policy.yaml; what is wrong goes to `sources.problems`."""
    node, check = sources.open("policy.yaml", required=False)
    fields: dict[str, Node] = {}
    if node is not None:
        fields = check.fields(node, "policy.yaml", optional=_KEYS)
    modes = _modes(fields.get("mode"), check)
    approvers = _approvers(fields.get("approvers"), check)
    for risk, mode in modes.items():
        if mode is not Mode.OBSERVE and not approvers[risk]:
            check.report(
                fields["mode"].line,
                f"mode of {risk} is {mode}, but nobody may approve it",
                f"name people under `approvers: {risk}:`, or observe",
            )
    windows = _windows(fields.get("windows"), check)
    if windows and "time_zone" not in fields:
        hint = "add `time_zone: Europe/Paris`"
        check.report(fields["windows"].line, "windows have no time zone", hint)
    return Policy(
        mode=modes,
        approvers=approvers,
        windows=windows,
        time_zone=_time_zone(fields.get("time_zone"), check),
        limits=_limits(fields.get("limits"), check),
        quorum=_quorum(fields.get("quorum"), approvers, check),
        accepted=_accepted(fields.get("accepted_findings"), check),
    )


def _modes(node: Node | None, check: Checker) -> Mapping[Risk, Mode]:
    fields = check.fields(node, "mode", optional=tuple(Risk))
    modes: dict[Risk, Mode] = {}
    for risk in Risk:
        mode = check.choice(fields.get(risk), f"mode of {risk}", tuple(Mode))
        modes[risk] = Mode(mode) if mode else Mode.OBSERVE
    return modes


def _approvers(node: Node | None, check: Checker) -> Mapping[Risk, tuple[str, ...]]:
    fields = check.fields(node, "approvers", optional=tuple(Risk))
    approvers: dict[Risk, tuple[str, ...]] = {}
    for risk in Risk:
        found: list[str] = []
        for item in check.items(fields.get(risk), f"approvers of {risk}") or ():
            person = check.matching(item, "approver", _APPROVER, _APPROVER_FORM)
            if person in found:
                check.report(item.line, f"approver {person} is named twice", "remove one")
            elif person is not None:
                found.append(person)
        approvers[risk] = tuple(found)
    return approvers


def _quorum(
    node: Node | None, approvers: Mapping[Risk, tuple[str, ...]], check: Checker
) -> Mapping[Risk, int]:
    fields = check.fields(node, "quorum", optional=tuple(Risk))
    quorum: dict[Risk, int] = {}
    for risk in Risk:
        wanted = check.integer(fields.get(risk), f"quorum of {risk}", 1, _MOST_PEOPLE)
        if wanted is None:
            continue
        # Where Slack tells people apart, names at the command line do not count beside them.
        on_slack = [one for one in approvers[risk] if not one.startswith("cli:")]
        counted = on_slack if wanted > 1 and on_slack else approvers[risk]
        if wanted > len(counted) and not any("/S" in one for one in counted):
            whose = " on Slack" if len(counted) < len(approvers[risk]) else ""
            check.report(
                fields[risk].line,
                f"quorum of {risk} is {wanted}, but {len(counted)} may approve it{whose}",
                f"name more people{whose} under `approvers: {risk}:`, or ask for fewer",
            )
        quorum[risk] = wanted
    return quorum


def _accepted(node: Node | None, check: Checker) -> tuple[AcceptedFinding, ...]:
    found: dict[str, AcceptedFinding] = {}
    for item in check.items(node, "accepted_findings") or ():
        fields = check.fields(item, "the accepted finding", required=("id", "owner", "reason"))
        name = check.matching(fields.get("id"), "id", _FINDING, _FINDING_FORM)
        owner = check.text(fields.get("owner"), "owner")
        reason = check.text(fields.get("reason"), "reason")
        if name in found:
            check.report(item.line, f"finding {name} is accepted twice", "remove one")
        elif name is not None and owner is not None and reason is not None:
            found[name] = AcceptedFinding(id=name, owner=owner, reason=reason)
    return tuple(found.values())


def _windows(node: Node | None, check: Checker) -> tuple[Window, ...]:
    windows: list[Window] = []
    for item in check.items(node, "windows") or ():
        fields = check.fields(item, "the window", required=("days", "from", "to"))
        days = _days(fields.get("days"), check)
        start = _minute(fields.get("from"), "from", check)
        end = _minute(fields.get("to"), "to", check)
        if start is None or end is None or not days:
            continue
        if start == end:
            hint = "a whole day is from 00:00 to 24:00"
            check.report(item.line, "the window ends when it begins", hint)
            continue
        windows.extend(_split(days, start, end))
    return tuple(windows)


def _split(days: frozenset[int], start: int, end: int) -> Sequence[Window]:
    """Return one window, or two where it crosses midnight into the days after `days`."""
    if start < end:
        return [Window(days=days, start_minute=start, end_minute=end)]
    evening = Window(days=days, start_minute=start, end_minute=_DAY_MINUTES)
    if end == 0:
        return [evening]
    following = frozenset((day + 1) % len(_DAYS) for day in days)
    return [evening, Window(days=following, start_minute=0, end_minute=end)]


def _days(node: Node | None, check: Checker) -> frozenset[int]:
    days = [check.choice(item, "day", _DAYS) for item in check.items(node, "days") or ()]
    return frozenset(_DAYS.index(day) for day in days if day is not None)


def _minute(node: Node | None, what: str, check: Checker) -> int | None:
    text = check.matching(node, what, _CLOCK, _CLOCK_FORM)
    if text is None:
        return None
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _time_zone(node: Node | None, check: Checker) -> str:
    name = check.text(node, "time_zone")
    if name is None or node is None:
        return "UTC"
    if name not in available_timezones():
        what = f"time_zone{check.shown(name)} is not a zone of the IANA database"
        hint = nearest(name, available_timezones())
        check.report(node.line, what, hint if hint.startswith("did") else "write `Europe/Paris`")
    return name


def _limits(node: Node | None, check: Checker) -> Limits:
    keys = ("changes_per_site_per_day", "cool_down", "priority_share", "proposal_expiry")
    fields = check.fields(node, "limits", optional=keys)
    default = Limits()
    changes = check.integer(fields.get(keys[0]), keys[0], 0, _MOST_CHANGES)
    cool_down = check.quantity(fields.get("cool_down"), "cool_down", TIME, _COOL_DOWNS)
    share = check.quantity(fields.get("priority_share"), "priority_share", SHARE, _SHARES)
    expiry = check.quantity(fields.get("proposal_expiry"), "proposal_expiry", TIME, _EXPIRIES)
    return Limits(
        changes_per_site_per_day=default.changes_per_site_per_day if changes is None else changes,
        cool_down_s=default.cool_down_s if cool_down is None else cool_down,
        priority_share=default.priority_share if share is None else share,
        proposal_expiry_s=default.proposal_expiry_s if expiry is None else expiry,
    )
