"""playbooks/: one YAML file for each remedy, checked as a whole."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from qosbot.adapters.files.checker import Checker, nearest
from qosbot.adapters.files.elements import NAME, NAME_FORM
from qosbot.adapters.files.sources import Sources
from qosbot.adapters.files.tree import Node
from qosbot.adapters.files.units import SHARE
from qosbot.domain.errors import ConfigurationError, Problem
from qosbot.domain.findings import Cause
from qosbot.domain.inventory import Risk
from qosbot.domain.playbooks import (
    ANSWERS,
    DEFAULT_PRIORITY_SHARE,
    DEFAULT_SHAPE_SHARE,
    Playbook,
    Remedy,
    RiskFactor,
    SuccessRule,
)

_PRIORITY_SHARES = ("1 %", "50 %")
_SHAPE_SHARES = ("50 %", "100 %")
_SAME_LOADS = ("1 %", "50 %")
_WORSE_DROPS = ("0 %", "1 %")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Intent:
    remedy: Remedy
    codec: str | None
    shape_share: float


def load_playbooks(directory: Path, *, codecs: Collection[str]) -> tuple[Playbook, ...]:
    """Return every playbook of a directory, by name.

    Args:
        directory: holds one `NAME.yaml` for each playbook; what lies deeper is not read.
        codecs: the names that a playbook may prefer.

    Raises:
        ConfigurationError: with all problems of all files.
    """
    if not directory.is_dir():
        hint = "run `qosbot init DIR` to write the playbooks"
        problem = Problem(file=str(directory), line=0, what="is not a directory", hint=hint)
        raise ConfigurationError([problem])
    sources = Sources(directory=directory)
    names = sorted(path.name for path in directory.iterdir() if path.suffix in {".yaml", ".yml"})
    found = [_read(name, sources, codecs) for name in names]
    if not names:
        hint = "run `qosbot init DIR` to write the playbooks"
        sources.problems.append(
            Problem(file=str(directory), line=0, what="holds no playbook", hint=hint)
        )
    if sources.problems:
        raise ConfigurationError(sorted(sources.problems))
    return tuple(one for one in found if one is not None)


def _read(name: str, sources: Sources, codecs: Collection[str]) -> Playbook | None:
    node, check = sources.open(name, required=True)
    if node is None:
        return None
    keys = ("name", "summary", "cause", "intent", "risk")
    fields = check.fields(node, "the playbook", required=keys, optional=("bounds", "success"))
    title = check.matching(fields.get("name"), "name", NAME, NAME_FORM)
    if title is not None and title != Path(name).stem:
        check.report(fields["name"].line, f"name {title} is not that of the file", "rename one")
    summary = check.text(fields.get("summary"), "summary")
    cause = check.choice(fields.get("cause"), "cause", tuple(ANSWERS))
    intent = _intent(fields.get("intent"), cause, check, codecs)
    bounds = check.fields(fields.get("bounds"), "bounds", optional=("priority_share",))
    share = check.quantity(bounds.get("priority_share"), "priority_share", SHARE, _PRIORITY_SHARES)
    tier, raised_by = _risk(fields.get("risk"), check)
    success = _success(fields.get("success"), check)
    if title is None or summary is None or cause is None or intent is None or tier is None:
        return None
    return Playbook(
        name=title,
        summary=summary,
        cause=Cause(cause),
        remedy=intent.remedy,
        codec=intent.codec,
        priority_share=DEFAULT_PRIORITY_SHARE if share is None else share,
        shape_share=intent.shape_share,
        risk=tier,
        raised_by=raised_by,
        success=success,
    )


def _intent(
    node: Node | None, cause: str | None, check: Checker, codecs: Collection[str]
) -> _Intent | None:
    fields = check.fields(node, "intent", required=("remedy",), optional=("codec", "shape_share"))
    word = check.choice(fields.get("remedy"), "remedy", tuple(Remedy))
    codec = check.choice(fields.get("codec"), "codec", codecs)
    shape = check.quantity(fields.get("shape_share"), "shape_share", SHARE, _SHAPE_SHARES)
    if word is None or cause is None:
        return None
    remedy = Remedy(word)
    answers = ANSWERS[Cause(cause)]
    if remedy not in answers:
        what = f"remedy {remedy} is no answer to {cause}"
        check.report(fields["remedy"].line, what, nearest(remedy, answers))
        return None
    if not _belong(remedy, fields, check) or (codec is None) == (remedy is Remedy.PREFER_CODEC):
        return None
    return _Intent(
        remedy=remedy, codec=codec, shape_share=DEFAULT_SHAPE_SHARE if shape is None else shape
    )


def _belong(remedy: Remedy, fields: Mapping[str, Node], check: Checker) -> bool:
    """Return whether the keys beside a remedy are those that it has."""
    owners = {"codec": Remedy.PREFER_CODEC, "shape_share": Remedy.ATTACH_VOICE_POLICY}
    strange = [key for key, owner in owners.items() if key in fields and owner is not remedy]
    for key in strange:
        check.report(fields[key].line, f"{remedy} has no {key}", "remove it")
    if remedy is Remedy.PREFER_CODEC and "codec" not in fields:
        check.report(fields["remedy"].line, "prefer_codec has no codec", "add `codec:`")
        return False
    return not strange


def _risk(node: Node | None, check: Checker) -> tuple[Risk | None, frozenset[RiskFactor]]:
    fields = check.fields(node, "risk", required=("tier",), optional=("raised_by",))
    tier = check.choice(fields.get("tier"), "tier", tuple(Risk))
    factors = [
        check.choice(item, "factor of risk", tuple(RiskFactor))
        for item in check.items(fields.get("raised_by"), "raised_by") or ()
    ]
    return (
        Risk(tier) if tier is not None else None,
        frozenset(RiskFactor(factor) for factor in factors if factor is not None),
    )


def _success(node: Node | None, check: Checker) -> SuccessRule:
    fields = check.fields(node, "success", optional=("same_load", "worse_drops"))
    same = check.quantity(fields.get("same_load"), "same_load", SHARE, _SAME_LOADS)
    worse = check.quantity(fields.get("worse_drops"), "worse_drops", SHARE, _WORSE_DROPS)
    default = SuccessRule()
    return SuccessRule(
        same_load_ratio=default.same_load_ratio if same is None else same,
        worse_drop_ratio=default.worse_drop_ratio if worse is None else worse,
    )
