"""Documents follow the classes, and refuse what is not of their shape."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import pytest

from qosbot.adapters.sql.documents import UnreadableDocumentError, dump, load
from qosbot.domain.playbooks import SuccessRule
from qosbot.domain.proposals import Proposal
from tests.contracts.store_values import NOON
from tests.domain.remedies import proposal


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Known:
    value: float


@dataclass(frozen=True, kw_only=True)
class Unknown:
    why: str


@dataclass(frozen=True, kw_only=True)
class Thing:
    number: int
    when: datetime | None = None
    colour: Colour = Colour.RED
    parts: tuple[Known | Unknown, ...] = ()
    maybe: Known | None = None


def test_a_value_comes_back_as_it_was() -> None:
    thing = Thing(
        number=2**70,
        when=NOON,
        parts=(Known(value=0.1), Unknown(why="\x00 \ud800 é")),
        maybe=Known(value=float("inf")),
    )
    assert load(Thing, dump(thing)) == thing


def test_an_integer_in_a_float_stays_exact() -> None:
    assert load(Known, dump(Known(value=2**63 + 1))).value == 2**63 + 1


def test_a_number_of_numpy_becomes_a_plain_one() -> None:
    number: Any = np.int64(5)
    assert dump(Known(value=number)) == '{"value":5}'


def test_a_field_that_did_not_exist_yet_has_its_default() -> None:
    assert load(Thing, '{"number":1}') == Thing(number=1)


def test_a_proposal_from_before_rules_were_kept_is_the_same_plan() -> None:
    old = json.loads(dump(proposal()))
    del old["success"]
    read = load(Proposal, json.dumps(old))
    assert (read, read.plan_hash) == (proposal(), proposal().plan_hash)


def test_the_rule_of_a_proposal_comes_back_with_the_same_hash() -> None:
    ruled = replace(proposal(), success=SuccessRule(same_load_ratio=0.07, worse_drop_ratio=0.003))
    assert load(Proposal, dump(ruled)).plan_hash == ruled.plan_hash


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"number":"1"}',
        '{"number":true}',
        '{"number":1,"colour":"blue"}',
        '{"number":1,"when":"noon"}',
        '{"number":1,"parts":{}}',
        '{"number":1,"parts":[{"=":"Else"}]}',
        '{"number":1,"parts":[{"value":1}]}',
        '{"number":1,"maybe":3}',
    ],
)
def test_a_document_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=r"^not a Thing: "):
        load(Thing, text)
