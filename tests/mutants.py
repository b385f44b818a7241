"""Break conditions on purpose, one at a time, and show that a test notices each.

`python -m tests.mutants` works on temporary copies and exits 1 if a mutant survives.  The list is
of what would do harm if it were wrong: verification, guards, approvals and remediation.
"""

# ruff: noqa: E501, T201 - quoted code is as long as it is; a program prints

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
_TESTS_FAILED = 1
ENDS_WITHIN_S = 240.0
"""Many times what the tests take; some mutants make them wait for what never comes."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A text that stands once in a module, and what it is replaced with."""

    module: str
    was: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.module}: `{self.was}` -> `{self.becomes}`"


TESTS = {
    "domain/verification.py": (
        "tests/domain/test_verification.py",
        "tests/domain/test_success_rule.py",
    ),
    "domain/harmless.py": ("tests/domain/test_harmless.py",),
    "domain/precautions.py": ("tests/domain/test_precautions.py",),
    "workflows/watch.py": ("tests/workflows/test_watch.py",),
    "domain/playbooks.py": ("tests/domain/test_verification.py",),
    "domain/proposals.py": ("tests/domain/test_success_rule.py",),
    "domain/new_runs.py": ("tests/domain/test_verification.py",),
    "domain/figures.py": ("tests/domain/test_figures.py",),
    "domain/rules.py": ("tests/domain/test_rules.py", "tests/domain/test_approvals.py"),
    "domain/approvals.py": ("tests/domain/test_approvals.py",),
    "domain/guardrails.py": ("tests/domain/test_guardrails.py",),
    "domain/timers.py": ("tests/domain/test_guardrails.py",),
    "domain/history.py": ("tests/domain/test_history.py",),
    "domain/remediation.py": (
        "tests/domain/test_remediation.py",
        "tests/workflows/test_remediate.py",
    ),
    "adapters/sql/remediations_queries.py": ("tests/contracts/test_decisions.py",),
    "adapters/sql/remediations_decisions.py": ("tests/contracts/test_decisions.py",),
    "adapters/sql/outbox.py": ("tests/adapters/test_sql_outbox.py", "tests/workflows/test_tell.py"),
    "workflows/tell.py": ("tests/workflows/test_tell.py",),
    "workflows/answer.py": ("tests/workflows/test_answer.py",),
    "workflows/standing.py": ("tests/workflows/test_answer.py",),
    "workflows/switches.py": ("tests/workflows/test_answer.py",),
    "workflows/finding_now.py": ("tests/workflows/test_precaution.py",),
    "workflows/precaution.py": ("tests/workflows/test_precaution.py",),
}
WORKFLOW_TESTS = (
    "tests/workflows/test_remediate.py",
    "tests/workflows/test_undo.py",
    "tests/workflows/test_remediate_crashes.py",
    "tests/workflows/test_remediate_without.py",
    "tests/workflows/test_hand_out.py",
    "tests/workflows/test_precaution_change.py",
    "tests/workflows/test_watch.py",
    "tests/workflows/test_precaution.py",
)


def _of(module: str, *pairs: tuple[str, str]) -> tuple[Mutant, ...]:
    return tuple(Mutant(module, was, becomes) for was, becomes in pairs)


MUTANTS = (
    *_of(
        "domain/verification.py",
        ("NO_DROPS_RATIO = 0.001", "NO_DROPS_RATIO = 0.01"),
        ("most = 1 + trial.success.same_load_ratio", "most = 1.2"),
        ("<= rule.same_load_ratio * before", "<= 0.2 * before"),
        ("+ trial.success.worse_drop_ratio", "+ 0.001"),
        ("COUNTER_SLACK_RATIO = 0.02", "COUNTER_SLACK_RATIO = 0.05"),
        ("and one.since >= self.changed_at", ""),
        ("one.since >= self.changed_at", "one.since > self.changed_at"),
        ("and one.offered_bps is not None", ""),
        ("and one.is_congested is not None", ""),
        ("if one.way == way]", "]"),
        ("(self.before, *self.watched)", "self.watched"),
        ("seen < trial.runs_needed", "seen < trial.runs_needed - 1"),
        ("if not trial.new_runs(one.way)", "if False"),
        ("if not trial.usable:", "if False:"),
        ("is_same_pressure = all(", "is_same_pressure = any("),
        ("    if worse:", "    if False:"),
        ("is_same_pressure or not is_more_load(trial)", "is_same_pressure"),
        ("is_same_pressure or not is_more_load(trial)", "True"),
        ("if not is_same_pressure:", "if False:"),
        ("is_helped = all(", "is_helped = any("),
        ("if not isinstance(trial.intent, PreferCodec):", "if True:"),
        ("after is not None and after > most * before", "after is not None and after < most * before"),
        ("abs(after - before) <=", "(after - before) <="),
        ("abs(after - before) <=", "(before - after) <="),
        ("abs(after - before) <=", "abs(after - before) <"),
        ("if trial.usable[-1].is_congested", "if trial.usable[0].is_congested"),
        ("    if not matched:", "    if matched is None:"),
        ("drop_ratio = max(", "drop_ratio = min("),
        ("drop_ratio is not None and drop_ratio <=", "drop_ratio is None or drop_ratio <="),
        ("drop_ratio <= NO_DROPS_RATIO", "drop_ratio < NO_DROPS_RATIO"),
        ("follows = before is not None", "follows = True or before is not None"),
        ("is_met=low > before.mos_high", "is_met=mos > before.mos_high"),
        ("is_met=low > before.mos_high", "is_met=True"),
        ("high < before.mos_low", "high < before.mos_low - 0.05"),
        ("(before.is_voice and before.interface == link)", "before.is_voice"),
        ("before.is_catch_all and before.interface == link", "before.is_catch_all"),
        ("before.is_catch_all and before.interface == link", "False"),
        ("after > allowed", "after >= allowed"),
        ("(served - before[0]) + (data - before[1])", "(data - before[1])"),
        ("(served - before[0]) + (data - before[1])", "(served - before[0])"),
        ("return None if offered is None or dropped is None else offered - dropped", "return offered"),
    ),
    *_of(
        "domain/harmless.py",
        ("POLLS_NEEDED = 2", "POLLS_NEEDED = 1"),
        ("seen < trial.runs_needed", "seen < trial.runs_needed - 1"),
        ("if not trial.before.ways:", "if False:"),
        ("if polls < POLLS_NEEDED:", "if False:"),
        ("bool(figures.voice) and all(", "all("),
        ("one.drop_ratio is not None for one in here", "True for one in here"),
        ("(*gaps, *_lost_sight(trial))", "tuple(gaps)"),
        ("(one.drop_ratio is not None or one.interface in touched)", "one.drop_ratio is not None"),
        ("(*lacking(trial), *_not_known(trial, seen))", "lacking(trial)"),
        ("    if gaps:", "    if False:"),
        ("        *worse_ways(trial),\n", ""),
        ("        *worse_classes(trial, was_full=trial.before.is_congested is True),\n", ""),
        ("was_full=trial.before.is_congested is True", "was_full=True"),
        ("was_full=trial.before.is_congested is True", "was_full=False"),
        ("        *_new_classes(trial),\n", ""),
        ("        *_voice_drops(trial),\n", ""),
        ("    if worse:", "    if False:"),
        ("Outcome.INCONCLUSIVE if is_more_load(trial) else Outcome.HURT", "Outcome.HURT"),
        ("    if failed:", "    if False:"),
        ("if not seen.is_in_force:", "if False:"),
        ("if seen.finding is not Standing.GONE:", "if seen.finding is Standing.STANDS:"),
        ("if seen.finding is Standing.UNKNOWN:", "if False:"),
        ("if not _matched_pps(trial):", "if False:"),
        ("if after > before:", "if after > before + 0.001:"),
        ("return max((ratio for", "return min((ratio for"),
        ("if one.mos_low is None", "if False"),
        ("if key not in known and one.is_leaf", "if one.is_leaf"),
        ("after > allowed", "after >= allowed"),
    ),
    *_of(
        "domain/precautions.py",
        ("return is_there and finding.status is Status.FAILED", "return is_there"),
        ("and place.reach is answer.reach", ""),
        (" and not _is_taken(finding)", ""),
        ("answer.cause is not Cause.NO_POLICY", "False"),
        ("is Cause.CLASS_MATCHES_NOTHING and (why", "is None and (why"),
        ("    if takes_ef(name, ground):", "    if False:"),
        ("set(held.dscp_values or ()) & _VIDEO", "False"),
        ("        if attached is None:", "        if True:"),
        ("if len(voice) != 1:", "if not voice:"),
        ("Standing.UNKNOWN if is_unjudged(rule, where, audit) else Standing.GONE", "Standing.GONE"),
        ("Standing.ACCEPTED if found.status is Status.ACCEPTED else Standing.STANDS", "Standing.STANDS"),
        ("    if audit is None:\n        return Standing.UNKNOWN", "    if audit is None:\n        return Standing.GONE"),
        ("None if is_unjudged(FASTER_PORT, where, audit) else False", "False"),
        ("one.severity.rank > known.get(one.id, -1)", "one.id not in known"),
        ("and one.severity.is_at_least(least)", ""),
    ),
    *_of(
        "domain/playbooks.py",
        ("same_load_ratio: float = 0.2", "same_load_ratio: float = 0.25"),
        ("worse_drop_ratio: float = 0.001", "worse_drop_ratio: float = 0.01"),
    ),
    *_of(
        "domain/proposals.py",
        ("if self.success is not None:", "if False:"),
        ("asdict(self.success)", "self.success.same_load_ratio"),
        ("if self.precaution is not None:", "if False:"),
        ("asdict(self.precaution)", "self.precaution.finding"),
    ),
    *_of(
        "domain/new_runs.py",
        ("_begun_at(at, one) > changed_at", "_begun_at(at, one) >= changed_at"),
        ("_begun_at(at, one) > changed_at", "at > changed_at"),
        ("max(LEAST_RUN_S, one.run_length_s)", "LEAST_RUN_S"),
        ("max(LEAST_RUN_S, one.run_length_s)", "one.run_length_s"),
        ("return stamp_s == known_s", "return False"),
        ("and stamp_s >= known_s:", "and True:"),
        ("apart <= timedelta(", "apart < timedelta("),
        ("if one.mos is not None and", "if"),
    ),
    *_of(
        "domain/figures.py",
        ("discarded >= 1", "discarded >= 0.05"),
        ("return sent / (1 - discarded)", "return sent"),
        ("if len(one.class_path) == _ROOT_CLASS", "if True"),
        ("[one for one in here if not one.is_voice]", "here"),
        ("any(sign > 0 for", "any(sign >= 0 for"),
        ("max(known)) if known", "min(known)) if known"),
        ("if one.direction is FlowDirection.OUT]", "]"),
        ("if one.interface == link.interface]", "]"),
        ("sum(known) if len(known) == len(roots) else None", "sum(known)"),
    ),
    *_of(
        "domain/rules.py",
        ("    if not policy.is_readable:\n", "    if False:\n"),
        ("    if policy.is_readable:\n", "    if True:\n"),
        ("words, is_final=False)\n\n\ndef window", "words)\n\n\ndef window"),
        ("if mode is Mode.AUTO and any(needs_person(", "if any(needs_person("),
        ("if mode is Mode.AUTO and any(", "if False and any("),
        ("proposal.precaution is not None,", "False,"),
        ("proposal.risk is not Risk.LOW,", "False,"),
        ("proposal.grade is not Grade.A,", "proposal.grade is Grade.C,"),
        ("not change.is_verified_syntax,", "False,"),
        ('change.interruption == "unknown",', "False,"),
        ("proposal.risk in controls.auto_off,", "False,"),
        ("proposal.risk in controls.auto_off,", "bool(controls.auto_off),"),
        ("if not policy.windows or any(", "if any("),
        ("local.weekday() in window.days and", ""),
        ("window.start_minute <= minute", "window.start_minute < minute"),
        ("minute < window.end_minute", "minute <= window.end_minute"),
        ("now.astimezone(ZoneInfo(policy.time_zone))", "now"),
        ("if made < limit", "if made <= limit"),
        ("one.site == site and", ""),
        ("one.started_at > now - _DAY", "one.started_at >= now - _DAY"),
        ("one.started_at > now - _DAY", "True"),
        ("if paths & set(one.paths) and", "if"),
        ("age_s < policy.limits.cool_down_s", "age_s <= policy.limits.cool_down_s"),
        ("one.finished_at or now", "one.finished_at or one.started_at"),
        ("if one.risk is risk", "if True"),
        ("and one.is_by_policy", ""),
        ("and one.has_failed", ""),
        ("one.started_at > since", "one.started_at > now"),
        ("FAILURES_UNTIL_AUTO_IS_OFF = 2", "FAILURES_UNTIL_AUTO_IS_OFF = 3"),
        ("FAILURES_UNTIL_AUTO_IS_OFF = 2", "FAILURES_UNTIL_AUTO_IS_OFF = 1"),
    ),
    *_of(
        "domain/approvals.py",
        ("if decision.choice is Choice.APPROVE:", "if True:"),
        ("for person in (decision.by, *decision.others):", "for person in (decision.by,):"),
        ("{decision.by, *decision.others}, quorum_of", "[decision.by, *decision.others], quorum_of"),
        ("if len(people) < wanted:", "if False:"),
        ("if decision.by == POLICY or decision.choice is Choice.REJECT:", "if decision.by == POLICY:"),
        ("policy.quorum.get(risk, 1)", "1"),
        ("if unknown and not person.startswith(_CLI):", "if unknown:"),
        ("if unknown and not person.startswith(_CLI):", "if False:"),
        ("sorted(members.get(one, (one,)))", "sorted(members.get(one, ()))"),
        ("decision.remediation != proposal.id or", ""),
        ("or decision.plan_hash != proposal.plan_hash", ""),
        ("decision.at >= proposal.expires_at", "decision.at > proposal.expires_at"),
        ("if decision.by == POLICY:\n        yield", "if False:\n        yield"),
        ("if person in named:", "if True:"),
        ("if wanted > 1 and is_told_apart and", "if is_told_apart and"),
        ("if wanted > 1 and is_told_apart and", "if wanted > 1 and"),
        ("and is_told_apart and person in named and person", "and is_told_apart and person"),
        ("person in named and person.startswith(_CLI)", "person in named"),
        ("approval_refusals if decision.choice is Choice.APPROVE else approver_refusals", "approver_refusals"),
        ("approval_refusals if decision.choice is Choice.APPROVE else approver_refusals", "approval_refusals"),
        ("yield from needs_person(proposal, controls)", "yield from ()"),
        ("if policy.mode.get(proposal.risk) is not Mode.AUTO:", "if False:"),
        ("is not Mode.AUTO:\n        return None", "is Mode.OBSERVE:\n        return None"),
    ),
    *_of(
        "workflows/tell.py",
        ("all(office.pace.is_free(one, now) for one in ways)", "True"),
        ("_LOOK if isinstance(error, _LookBusyError) else way", "way"),
        ("is_storm = len(alarms) > STORM", "is_storm = len(alarms) > STORM + 1"),
        ("office.outbox.begin(parcel.letters, now, batch=parcel.batch)", "pass"),
        ("if place is None and letter.begun_at is not None:", "if False:"),
        ("is_unknown=is_unknown or was_begun", "is_unknown=is_unknown"),
        ("is_unknown=is_unknown or was_begun", "is_unknown=was_begun"),
        ("is_again=letter.begun_at is not None", "is_again=False"),
        ("if not error.is_ours or not post.blocks:", "if True:"),
        ('getattr(error, "is_for_nobody", False) and letter.kind is Kind.ANSWER', "letter.kind is Kind.ANSWER"),
        ('getattr(error, "is_for_nobody", False) and letter.kind is Kind.ANSWER', "False"),
        ("parent_id(letter) or letter.id", "letter.id"),
        ("letter.begun_version or letter.version", "letter.version"),
        ("if first.begun_at is not None:", "if False:"),
        ("now >= free_at or free_at - now > 2 * MOST_WAIT", "now >= free_at"),
        ("stands = not parcel.batch and", "stands ="),
        ("return letter.kind is kind and letter.begun_at is None", "return letter.kind is kind"),
        ("min(2.0 ** min(count, _DOUBLINGS), _BACK_OFF_S)", "0"),
        ("letter.place.channel != _channel(letter, office.channels)", "False"),
    ),
    *_of(
        "adapters/sql/outbox.py",
        ('"version": _C.version + 1,', '"version": _C.version,'),
        ("query.where(parent, ~before)", "query.where(~before)"),
        ("query.where(parent, ~before)", "query.where(parent)"),
        ('"sent_version": letter.version,', '"sent_version": _C.version,'),
        ("sa.or_(due_at_us <= now_us, ", "sa.or_(sa.true(), "),
        ("due_at_us > stepped_us)", "sa.false())"),
        ("else_=_C.due_at_us", "else_=sa.null()"),
        (', _C.ts == "")\n            .values', ")\n            .values"),
        ("_C.tries > 0 if only_tried else sa.true()", "sa.true()"),
        ("_C.kind == kind.value, ~_can_stand(parent)", "sa.false()"),
        (', _C.error == "")', ")"),
        (', "version": _C.version + 1}', "}"),
        ("else_=_C.begun_version", "else_=_C.version"),
        ("len(found) < MOST_ANSWERS", "len(found) < 1000"),
    ),
    *_of(
        "workflows/answer.py",
        ("if not is_open_to(", "if False and not is_open_to("),
        ("if not click.plan or not found", "if not found"),
        ("return refused or switches.resume(", "return switches.resume("),
        ("if answer.refusals:", "if False:"),
        ("if answer.decision is None:", "if False:"),
        ("(IllegalTransitionError, StoreConflictError)", "IllegalTransitionError"),
    ),
    *_of(
        "workflows/standing.py",
        ("return is_awaiting and stands is None", "return is_awaiting"),
        ("(is_awaiting and not is_rejected)", "is_awaiting"),
        ("return found.state is State.APPROVED or", "return"),
        ("if not refused:", "if True:"),
        ("if one.guard in _NAMELESS]", "]"),
        ("any(one.is_final for one in refused)", "False"),
        ("if found.state in _NOT_BEGUN and stands is not None:", "if stands is not None:"),
        ("if choice is Choice.REJECT:", "if False:"),
        ("if found.asked_by:", "if False:"),
    ),
    *_of(
        "workflows/switches.py",
        ("if any(one is None for one in found):", "if True:"),
        ("if any(one is not None and not one.is_final for one in found):", "if False:"),
        ("decisions.switch_auto_on(risk, person, now)", "pass"),
        (" if not list(approver_refusals(person, risk, policy))", ""),
        ("if again:", "if True:"),
        ("if len(again) < len(off):", "if True:"),
    ),
    *_of(
        "adapters/sql/remediations_queries.py",
        ("row.device == device, row.rank", "row.rank"),
        ("row.device == device, row.rank < rows.NOTHING_DUE", "row.device == device"),
    ),
    *_of(
        "adapters/sql/remediations_decisions.py",
        ("if stands is not None:\n        return stands", "if False:\n        return stands"),
        ("is Choice.APPROVE and quorum > 1", "is Choice.APPROVE and quorum > 2"),
        ("decision.choice is Choice.APPROVE and quorum > 1", "quorum > 1"),
        ("if one.plan_hash == decision.plan_hash", ""),
        ("[by for by in same if counts(by)]", "same"),
        ("if state not in {None, State.AWAITING_DECISION.value}:", "if False:"),
        ("if len(agreed) >= quorum:", "if len(agreed) > quorum:"),
        ("if len(agreed) >= quorum:", "if True:"),
    ),
    *_of(
        "domain/timers.py",
        ("LEAST_TIMER_MIN = 5", "LEAST_TIMER_MIN = 4"),
        ("VERIFY_MARGIN_S = 60.0", "VERIFY_MARGIN_S = 30.0"),
        ("+ 2 * poll_interval_s", "+ poll_interval_s"),
        ("math.ceil(", "math.floor("),
    ),
    *_of(
        "domain/guardrails.py",
        ("if not situation.has_kill_switch:", "if True:"),
        ("if not situation.controls.paused_by:", "if True:"),
        ("{now, situation.mode}", "{now}"),
        ("{now, situation.mode}", "{situation.mode}"),
        ("decision is not None and decision.choice is Choice.APPROVE", "decision is not None"),
        ("if situation.now < expires_at:", "if situation.now <= expires_at:"),
        ("if any(situation.alarms.get(alarm)", "if all(situation.alarms.get(alarm)"),
        (") is AlarmState.RAISED", ") is not AlarmState.CLEARED"),
        ("precaution is not None:\n        return None  #", "precaution is None:\n        return None  #"),
        ("situation.finding in {None, Standing.STANDS}", "situation.finding is not Standing.GONE"),
        ("situation.finding in {None, Standing.STANDS}", "True"),
        ("    _finding,\n", ""),
        ("    _place,\n", ""),
        ("if links and situation.link is None:", "if False:"),
        ("    if new:\n        words = f\"{', '", "    if False:\n        words = f\"{', '"),
        ("in {None, situation.proposal.fingerprint}", "is not None or True"),
        ("if is_other and one.is_in_hand and", "if one.is_in_hand and"),
        ("is_other and one.is_in_hand and one.device == device", "is_other and one.is_in_hand"),
        ("is_other and one.is_in_hand and one.device == device", "is_other and one.device == device"),
        ("if one.remediation != situation.proposal.id)", ")"),
        ("situation.decision is not None and situation.decision.by == POLICY", "False"),
        ("if not _is_by_policy(situation):\n        return None  #", "if False:\n        return None  #"),
        ("is not Grade.C", "is Grade.A"),
        ("situation.is_saved is not False or", ""),
        ("rates.append(intent.shape_bps)", "pass"),
        ("rates.append(link.rate_out_bps)", "pass"),
        ("reference_bps = situation.policy.limits.priority_share, min(rates)",
         "reference_bps = situation.policy.limits.priority_share, max(rates)"),
        ("intent.priority_bps <= share * reference_bps", "intent.priority_bps <= reference_bps"),
        ("intent.priority_bps <= share * reference_bps", "intent.priority_bps < share * reference_bps * 0.99"),
        ("link is None or link.ef_contract_bps is None", "link is None"),
        ("intent.priority_bps <= link.ef_contract_bps", "True or link.ef_contract_bps"),
        ("(*change.apply, *change.undo)", "change.apply"),
        ("re.fullmatch(one, line)", "re.match(one, line)"),
        ("if not change.apply or not change.undo:", "if not change.apply:"),
        ("if not change.apply or not change.undo:", "if not change.undo:"),
        ("terms.least_timer_min <= minutes <=", "minutes <="),
        ("terms.least_timer_min <= minutes <=", "terms.least_timer_min < minutes <="),
        ("<= minutes <= terms.most_timer_min", "<= minutes < terms.most_timer_min"),
        ("if situation.pending_revert_s is None:", "if True:"),
        ("    _kill_switch,\n    _paused", "    _paused"),
        ("    _policy,\n", ""),
        ("or not situation.policy.is_readable:", "or False:"),
        ("one.guard not in unknown", "True"),
        ("Guard.COOL_DOWN, Guard.PRIORITY_SHARE}", "Guard.COOL_DOWN}"),
        ("    {Guard.MODE, Guard.WINDOW", "    {Guard.WINDOW"),
        ("    _approved,\n", ""),
        ("    *PLANNING,\n", ""),
        ("    _fingerprint,\n", ""),
        ("    _window,\n    _one_change", "    _one_change"),
        ("    _budget,\n", ""),
        ("    _cool_down,\n", ""),
        ("    _unsaved_edits,\n", ""),
        ("    _foreign_timer,\n", ""),
        ("        *standing_refusals(situation.decision, proposal, policy, situation.controls),\n", ""),
    ),
    *_of(
        "domain/history.py",
        ("if entry.seq != seq:", "if False:"),
        ("if entry.remediation != remediation:", "if False:"),
        ("if entry.previous != previous:", "if False:"),
        ("if entry.hash != _hash(entry):", "if False:"),
        ("length is not None and seq != length", "length is not None and seq > length"),
        ("(entry.previous, str(entry.seq), canonical", "(str(entry.seq), canonical"),
        ('"by": step.by,', ""),
        ('"at": step.at.astimezone(UTC)', '"at": step.at'),
    ),
    *_of(
        "domain/remediation.py",
        ("(_S.AWAITING_DECISION, _E.WAIT): _S.AWAITING_DECISION", "(_S.AWAITING_DECISION, _E.WAIT): _S.APPROVED"),
        ("(_S.AWAITING_DECISION, _E.EXPIRE): _S.EXPIRED", "(_S.AWAITING_DECISION, _E.START): _S.APPLYING"),
        ("(_S.VERIFYING, _E.NOT_HELPED): _S.ROLLING_BACK", "(_S.VERIFYING, _E.NOT_HELPED): _S.CONFIRMING"),
        ("(_S.CONFIRMING, _E.TOO_LATE): _S.ROLLING_BACK", "(_S.CONFIRMING, _E.TOO_LATE): _S.SAVING"),
        ("(_S.VERIFYING, _E.HELPED): _S.CONFIRMING", "(_S.VERIFYING, _E.HELPED): _S.SAVING"),
        ("(_S.VERIFYING, _E.HARMLESS): _S.CONFIRMING", "(_S.VERIFYING, _E.HARMLESS): _S.SAVING"),
        ("(_S.VERIFYING, _E.NOT_HARMLESS): _S.ROLLING_BACK", "(_S.VERIFYING, _E.NOT_HARMLESS): _S.CONFIRMING"),
        ("(_S.APPLYING, _E.LINES_REFUSED): _S.ROLLING_BACK", "(_S.APPLYING, _E.LINES_REFUSED): _S.READING_BACK"),
        ("(_S.ROLLING_BACK, _E.GIVE_UP): _S.STUCK", "(_S.ROLLING_BACK, _E.GIVE_UP): _S.ROLLED_BACK"),
        ('        State.ROLLING_BACK,\n        State.STUCK,\n    }\n)\n"""The device', '        State.ROLLING_BACK,\n    }\n)\n"""The device'),
        ("    if state is None:\n        raise", "    if False:\n        raise"),
        ("remediation.undo_from or remediation.state", "remediation.state"),
        ("undo_attempts=0,\n            finished_at", "finished_at"),
        ("is_again = remediation.state is State.STUCK", "is_again = False"),
        ("is_again = remediation.state is State.STUCK", "is_again = True"),
        ("return moved if state in ACTIONS else", "return moved if True else"),
        ('due_at=None, remark="")', 'remark="")'),
        ("remediation.started_at is None or", ""),
        ("and outcome not in {Outcome.HELPED, Outcome.HARMLESS, Outcome.INCONCLUSIVE}", ""),
        ("{Outcome.HELPED, Outcome.HARMLESS, Outcome.INCONCLUSIVE}", "{Outcome.HELPED, Outcome.HARMLESS}"),
        ("{Outcome.HELPED, Outcome.HARMLESS, Outcome.INCONCLUSIVE}", "{Outcome.HELPED, Outcome.INCONCLUSIVE}"),
        ("remediation.decided_by == POLICY", "True"),
        ("is_in_hand=remediation.state in IN_HAND", "is_in_hand=True"),
    ),
    *_of(
        "workflows/start.py",
        ("    if unreadable is not None:\n", "    if False:\n"),
        ("if remediation.mode is Mode.OBSERVE:", "if False:"),
        ("if one.guard is not Guard.MODE", ""),
        ("    if refused:", "    if False:"),
        ("verifying_s = settle_s + verify_s", "verifying_s = verify_s"),
        ("decision.choice is Choice.REJECT:", "False:"),
        ("if decision is None and now < remediation.proposal.expires_at + _BEING_WRITTEN:", "if False:"),
        ("decision is None and now < remediation.proposal.expires_at + _BEING_WRITTEN", "decision is None"),
        ("if now >= remediation.proposal.expires_at:", "if False:"),
        ("if not outside.is_called_for(remediation):", "if False:"),
        ("finding=seen.finding,", ""),
        ("add(remediation, step, if_idle=will_wait)", "add(remediation, step)"),
        ("add(remediation, step, if_idle=will_wait)", "add(remediation, step, if_idle=True)"),
        ("if will_wait and proposal.precaution is None:", "if proposal.precaution is None:"),
        ("if will_wait and proposal.precaution is None:", "if will_wait:"),
        ("return is_precaution and remediation.state is", "return remediation.state is"),
        ("return is_precaution and remediation.state is State.AWAITING_DECISION", "return is_precaution"),
        ("if one.device == proposal.change.device and gives_way(one):", "if gives_way(one):"),
        ("outside.end_undecided(one, Event.OUTRANKED, now, words)", "outside.move(one, Event.OUTRANKED, now, words)"),
        ("verifying_s += POLLS_NEEDED * outside.poll_interval_s", "pass"),
        ("if granted is None or remediation.mode is not Mode.AUTO:", "if granted is None:"),
        ("if any(refusal.is_final for refusal in found):", "if False:"),
        ("if any(refusal.is_final for refusal in found):", "if found:"),
        ("    if found:\n        return outside.wait(remediation, now, _words(found))\n    _tell", "    _tell"),
        ("end = outside.end_undecided if decision is None else outside.move", "end = outside.move"),
        (
            "    if found:\n        return _held_back(remediation, outside, now, found)\n    seen = look",
            "    if False:\n        return _held_back(remediation, outside, now, found)\n    seen = look",
        ),
        (
            "    if found:\n        return _held_back(remediation, outside, now, found)\n    reason =",
            "    if False:\n        return _held_back(remediation, outside, now, found)\n    reason =",
        ),
        ("fingerprint=seen.fingerprint,", ""),
        ("pending_revert_s=seen.pending_s,", ""),
        ("    if not final:", "    if True:"),
    ),
    *_of(
        "workflows/change.py",
        ("if remediation.typed_at is not None:\n        return _resume", "if False:\n        return _resume"),
        ("if seen.holds and seen.pending_s is not None:", "if False:"),
        ("    if not is_as_before or _is_overdue(remediation, now):", "    if not is_as_before:"),
        ("if refused is not None:", "if False:"),
        ("    if not seen.holds:\n        words", "    if False:\n        words"),
        ("if gaps and left_s > outside.poll_interval_s:", "if gaps:"),
        ("if gaps and left_s > outside.poll_interval_s:", "if False:"),
        ("if verdict.outcome is Outcome.HELPED else", "if True else"),
        ("if verdict.outcome is Outcome.HELPED else", "if verdict.outcome is not Outcome.HURT else"),
        ("is_kept = verdict.outcome is Outcome.HARMLESS", "is_kept = True"),
        ("is_kept = verdict.outcome is Outcome.HARMLESS", "is_kept = verdict.outcome is not Outcome.HURT"),
        ("lacking(trial) if is_precaution else missing(trial)", "missing(trial)"),
        ("seen.finding or Standing.UNKNOWN", "Standing.GONE"),
        ("if seen.pending_s is None and is_ours:", "if False:"),
        ("+ timedelta(seconds=remediation.settle_s)", ""),
        ("remediation.proposal.success or SuccessRule()", "SuccessRule()"),
        ("if left_s < CONFIRM_LEFT_S:", "if False:"),
        ("if left_s < CONFIRM_LEFT_S:", "if left_s <= CONFIRM_LEFT_S:"),
        ("if before is None or not before.is_saved:", "if before is None:"),
        ('if after is None or seen.mark.running != after.running:\n        return "somebody edited', 'if after is None:\n        return "somebody edited'),
        ("    if not reason:\n", "    if True:\n"),
        (
            "        seen = look(remediation, outside)\n        if seen.mark.is_saved:",
            "        seen = look(remediation, outside)\n        if True:",
        ),
        ("if seen.only_ours is False:", "if False:"),
        ("    if not seen.only_ours:", "    if False:"),
        ("seen.mark.running != after.running or not seen.holds:", "not seen.holds:"),
        ("return before is None or seen.mark.startup != before.startup", "return False"),
        ("        Event.TYPE,\n", "        Event.WAIT,\n"),
        ("        typed_at=now,\n", ""),
        ("if not _is_overdue(remediation, now):\n        return outside.wait", "if True:\n        return outside.wait"),
    ),
    *_of(
        "workflows/undo.py",
        ("    if seen.is_undone:\n        return _finish(remediation, outside, now, seen)\n    is_over", "    is_over"),
        ("and (remediation.foreign_edit or _was_kept(remediation))", "and remediation.foreign_edit"),
        ("and (remediation.foreign_edit or _was_kept(remediation))", "and _was_kept(remediation)"),
        ("if _is_left_to_timer(remediation, seen):", "if False:"),
        ("return not remediation.foreign_edit or seen.pending_s <= 0", "return True"),
        ("return not remediation.foreign_edit or seen.pending_s <= 0", "return not remediation.foreign_edit"),
        ("max(outside.retry_s, pending_s + REVERTING_S)", "pending_s + REVERTING_S"),
        ("if _has_reverted(remediation, seen, now) or", "if"),
        ("now) or _was_crossed(remediation, outside, seen):", "now):"),
        ("    if _was_crossed(remediation, outside, seen):", "    if False:"),
        ("    if dialect.undone(change, config.startup):", "    if True:"),
        ("not seen.mark.is_saved and is_alone:", "not seen.mark.is_saved:"),
        ("if remediation.undo_attempts >= MOST_ATTEMPTS:", "if False:"),
        ("_was_kept(remediation) and seen.mark.is_saved\n", "_was_kept(remediation)\n"),
        ("if remediation.is_undo_saved and not seen.mark.is_saved and is_alone:", "if False:"),
        ("seen):\n        return outside.wait(remediation, now, _NOT_DISARMED)\n    if _has", "seen) and False:\n        return outside.wait(remediation, now, _NOT_DISARMED)\n    if _has"),
        ("seen):\n        return outside.wait(remediation, now, _NOT_DISARMED)\n    if _was", "seen) and False:\n        return outside.wait(remediation, now, _NOT_DISARMED)\n    if _was"),
        ("    if left:\n", "    if False:\n"),
        ("if remediation.foreign_edit or before is None:", "if before is None:"),
        ("if seen.mark.startup != before.startup:", "if False:"),
        ("if now < began_at + UNREACHABLE_FOR:", "if True:"),
    ),
    *_of(
        "workflows/outside.py",
        ("if why and risk not in controls.auto_off:", "if False:"),
        ("        if device.ssh is None:\n", "        if False:\n"),
        ("        if device.platform not in self.dialects:\n", "        if False:\n"),
        ("    if words == remediation.remark:\n", "    if False:\n"),
    ),
    *_of(
        "workflows/finding_now.py",
        ("    if busy:", "    if False:"),
        ("_NOT_OVER = IN_HAND | {", "_NOT_OVER = (IN_HAND - {State.STUCK}) | {"),
        ("if not is_offered(finding):", "if False:"),
        ("if unreadable is not None:", "if False:"),
        ("    if link is None:", "    if False:"),
    ),
    *_of(
        "workflows/precaution.py",
        ("if standing is not Standing.GONE:", "if False:"),
        ("new = new_findings(before, after, finding.severity)", "new = ()"),
        ("if one.remedy is not Remedy.PREFER_CODEC", "if True"),
        ("if not isinstance(score, PathScore):", "if False:"),
        ("    if unknown:", "    if False:"),
        ("load=load.times(SAID_SHORT)", "load=load"),
    ),
    *_of("workflows/watch.py", (" if not gives_way(one)}", "}")),
    *_of(
        "workflows/remediate.py",
        ("if action is None or not _is_due(remediation, now):", "if action is None:"),
        ("if outside.has_kill_switch() and remediation.state in IN_HAND:", "if False:"),
        ("current = outside.decisions.remediation(remediation.id) or remediation", "current = remediation"),
        ("if now < (remediation.changed_at or now) + _SAVING_FOR:", "if True:"),
        ("        if not is_mine(remediation):\n", "        if False:\n"),
        ("if now >= remediation.proposal.expires_at:", "if False:"),
        ("if now >= remediation.proposal.expires_at:", "if now > remediation.proposal.expires_at:"),
        ("if remediation.state is not State.AWAITING_DECISION and not is_stop:", "if not is_rejection and False:"),
        ("        if is_rejection:\n            return _stop", "        if False:\n            return _stop"),
        ("if is_rejection and stands is not None and", "if False and stands is not None and"),
        ("advance(remediation, event, now), asked_by=by,", "advance(remediation, event, now),"),
        ("if decision.by == POLICY:", "if False:"),
        ("    if found:\n        return Answer(", "    if False:\n        return Answer("),
        ("if event not in {Event.ROLLBACK_ASKED, Event.SETTLE, Event.REJECT}:", "if False:"),
        ("if worker.is_stopping() or lane not in {", "if lane not in {"),
        ("if worker.is_stopping() or lane not in {None, lane_of(now)}:", "if worker.is_stopping():"),
        ("is_urgent = one.state is State.ROLLING_BACK", "is_urgent = False"),
        ('return "start" if remediation.state is State.APPROVED else ""', 'return ""'),
        ('return "start" if remediation.state is State.APPROVED else ""', 'return "start"'),
        ("if moved is None or lane_of(moved) == lane else piece(moved)", "if True else piece(moved)"),
    ),
)  # fmt: skip


def source(mutant: Mutant) -> str:
    """Return the text of the module that a mutant breaks.

    Raises:
        ValueError: if what it replaces does not stand there exactly once.
    """
    text = (ROOT / "qosbot" / mutant.module).read_text(encoding="utf-8")
    if text.count(mutant.was) != 1:
        raise ValueError(f"stands {text.count(mutant.was)} times: {mutant}")
    return text


def survives(mutant: Mutant) -> bool:
    """Return whether every test passes in a copy that is broken like this.

    Raises:
        ValueError: if the text does not stand exactly once in its module.
        SyntaxError: if the copy is no Python any more.
        RuntimeError: if the tests could not be run at all.
    """
    with tempfile.TemporaryDirectory(prefix="qosbot-mutant-") as name:
        copy = Path(name)
        unwanted = shutil.ignore_patterns("__pycache__")
        for folder in ("qosbot", "tests", "docs"):
            shutil.copytree(ROOT / folder, copy / folder, ignore=unwanted)
        shutil.copy(ROOT / "pyproject.toml", copy)
        broken = source(mutant).replace(mutant.was, mutant.becomes)
        compile(broken, mutant.module, "exec")  # a mutant that is no Python proves nothing
        (copy / "qosbot" / mutant.module).write_text(broken, encoding="utf-8")
        tests = TESTS.get(mutant.module, WORKFLOW_TESTS)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        try:
            done = subprocess.run(
                command,
                cwd=copy,
                capture_output=True,
                text=True,
                check=False,
                timeout=ENDS_WITHIN_S,
            )
        except subprocess.TimeoutExpired:
            return False  # a test that waits for ever for what is broken has noticed it
        if done.returncode not in {0, _TESTS_FAILED, 2}:
            raise RuntimeError(f"{mutant}: {done.stdout}{done.stderr}")
        return done.returncode == 0


def main(words: list[str]) -> int:
    """Try every mutant whose text holds one of the words, or all; return the exit code."""
    for one in MUTANTS:
        source(one)  # what stands nowhere any more is said before half an hour has gone by
    chosen = [one for one in MUTANTS if not words or any(word in str(one) for word in words)]
    left = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for number, alive in enumerate(pool.map(survives, chosen), start=1):
            if alive:
                left += 1
                print(f"survived: {chosen[number - 1]}", flush=True)
            if not number % 20:
                print(f"{number} of {len(chosen)}", flush=True)
    print(f"{len(chosen)} mutants, {left} survived")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
