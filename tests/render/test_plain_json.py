import json
import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest

from qosbot.domain.inventory import Secret
from qosbot.domain.metrics import Invalid, Measured, NotMeasured, Reason
from qosbot.render.plain_json import tree
from qosbot.render.words import WORDS


@dataclass(frozen=True)
class Pair:
    left: object
    right: object


def test_a_metric_says_what_it_is() -> None:
    assert tree(Measured(1.5)) == 1.5
    assert tree(NotMeasured(Reason.FIRST_POLL)) == {"not_measured": "first_poll"}
    assert tree(Invalid(Reason.REBOOT)) == {"invalid": "reboot"}


def test_absent_is_null_and_never_zero() -> None:
    assert tree(Pair(None, math.nan)) == {"left": None, "right": None}


def test_times_are_utc() -> None:
    paris = datetime(2026, 1, 2, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    assert tree(paris) == "2026-01-02T12:00:00.000+00:00"


def test_a_secret_stays_one() -> None:
    assert "canary" not in json.dumps(tree(Pair(Secret("canary"), [Secret("canary")])))


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no form"):
        tree(object())


def test_every_reason_has_words() -> None:
    assert set(WORDS) == set(Reason)
