"""What `qosbot show` prints for a person who has to decide."""

from dataclasses import replace

from qosbot.domain.playbooks import SuccessRule
from qosbot.render.proposal import proposal_text
from tests.domain.remedies import proposal, remediation


def test_a_proposal_says_what_it_will_be_judged_by() -> None:
    rule = SuccessRule(same_load_ratio=0.125, worse_drop_ratio=0.001)
    text = proposal_text(remediation(proposal=replace(proposal(), success=rule)), ())
    assert (
        "stays     if it helps under the alarm's load, within 12.5 %, and no other class drops "
        "over 0.1 % more"
    ) in text.splitlines()
