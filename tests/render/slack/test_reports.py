"""A night's audit in a chat: short, within its limits, and no more than may leave the network."""

import json

import pytest

from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.nights import Changes, NetworkAudit, Unread, Worsened
from qosbot.domain.messages import Disclosure
from qosbot.render.slack import check, report_files, report_post
from tests.domain.audit.audit_builders import device_audit, empty_day, finding, network_audit

CANARY = "zq"
ADDRESS = "10.77.66.55"


def telling(text: str = f"zq at {ADDRESS}", count: int = 1) -> NetworkAudit:
    """An audit that gives the network away."""
    broken = [
        finding("QUE-02", text, where=f"{text} {i}", evidence=(text,), fix=text)
        for i in range(count)
    ]
    new = tuple(broken[1:])
    worse = (Worsened(finding=broken[0], before=Severity.LOW),)
    return network_audit(
        device_audit(*broken, device=text),
        unread=tuple(Unread(device=f"{text}{i}", why=text) for i in range(count)),
        changes=Changes(new=new, worse=worse, fixed=(finding("QUE-01", text),)),
        days=(empty_day("paris-lyon"),),
    )


def said(audit: NetworkAudit, disclosure: Disclosure) -> str:
    post = report_post(audit, disclosure)
    files = [one.content.decode() for one in report_files(audit, disclosure)]
    return post.text + json.dumps([dict(one) for one in post.blocks]) + "".join(files)


def test_a_summary_names_counts_and_the_worst_findings() -> None:
    shown = said(telling(count=2), Disclosure.FULL)
    assert "Network audit: 2 critical" in shown
    assert "1 new, 1 worse, 1 fixed, 0 not seen tonight since" in shown
    assert "worse, critical* QUE-02 on zq at" in shown


def test_a_summary_offers_to_plan_what_a_known_intent_can_fix() -> None:
    place = "interface Gi0/1 > policy WAN > class VOICE"
    can, cannot = finding("QUE-01", where=place), finding("QUE-02", where=place)
    offer = "`qosbot plan --from-audit ID` proposes a change for 1 of the findings"
    assert offer in said(network_audit(device_audit(can, cannot)), Disclosure.SUMMARY)
    assert "plan --from-audit" not in said(network_audit(device_audit(cannot)), Disclosure.SUMMARY)


def test_as_a_summary_nothing_of_the_network_leaves_it() -> None:
    shown = said(telling(), Disclosure.SUMMARY)
    assert CANARY not in shown
    assert ADDRESS not in shown
    assert report_files(telling(), Disclosure.SUMMARY) == ()


def test_as_lines_no_address_leaves_in_message_or_file() -> None:
    shown = said(telling(), Disclosure.LINES)
    assert CANARY in shown
    assert ADDRESS not in shown
    assert ADDRESS in said(telling(), Disclosure.FULL)


def test_a_secret_in_a_description_is_masked_once_more() -> None:
    shown = said(telling("description password: hunter2"), Disclosure.FULL)
    assert "hunter2" not in shown


@pytest.mark.parametrize("count", [1, 60])
@pytest.mark.parametrize("text", ["<!channel>", "`*_~", "&" * 300, "x" * 3000, "\u202e\x00 a\nb"])
def test_whatever_devices_say_slack_takes_the_message_and_obeys_none_of_it(
    count: int, text: str
) -> None:
    post = report_post(telling(text, count), Disclosure.FULL)
    check(post)
    assert "<!channel>" not in json.dumps([dict(one) for one in post.blocks])


def test_the_first_audit_says_that_there_is_nothing_to_compare_with() -> None:
    shown = said(network_audit(since=None), Disclosure.LINES)
    assert "nothing found" in shown
    assert "it is the first audit" in shown
