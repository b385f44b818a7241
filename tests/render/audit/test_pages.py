"""A report is one file that shows what devices said, and never does it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.domain.audit.days import Score, Span, path_day
from qosbot.domain.audit.findings import NotJudged, Severity, Status
from qosbot.domain.audit.nights import (
    Changes,
    ConfigChange,
    NetworkAudit,
    Unread,
    Worsened,
)
from qosbot.domain.metrics import Grade
from qosbot.render.audit.pages import MOST_ROWS, html, markdown
from qosbot.render.audit.report import part, report
from tests.domain.audit.audit_builders import device_audit, empty_day, finding, network_audit
from tests.domain.builders import NOON

DOCS = Path(__file__).parents[3] / "docs" / "audit-report.md"
HOSTILE = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "</pre><img src=x onerror=alert(1)>",
            '" onmouseover="alert(1)',
            "</title></style></script><svg onload=alert(1)>",
            "{{ 7 * 7 }}{% raw %}",
            "```\n# not a title\n| a | b |",
            "&lt;b&gt; &#106;avascript:alert(1)",
            "\u202egnp.exe \x1b[31m \x00",
        ]
    ),
)
SPAN = Span(since=NOON - timedelta(days=1), until=NOON, interval_s=60.0)


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def audit_of(text: str) -> NetworkAudit:
    """An audit each text of which is this one."""
    broken = finding(text, text, where=f"at {text}", evidence=(text, text), fix=f"do {text}")
    accepted = replace(broken, severity=Severity.INFO, rule="QUE-01", status=Status.ACCEPTED)
    blind = NotJudged(rule=text, why=text, where=f"at {text}")
    device = replace(
        device_audit(broken, accepted, device=text, not_judged=(blind,)),
        platform=text,
        not_understood=(text,),
    )
    scores = [Score(at=SPAN.since, mos=2.0, grade=Grade.A), Score(at=NOON, mos=4.4, grade=Grade.B)]
    return network_audit(
        device,
        unread=(Unread(device=text, why=text),),
        changes=Changes(
            new=(broken,),
            worse=(Worsened(finding=broken, before=Severity.LOW),),
            fixed=(broken,),
            not_seen=(broken,),
        ),
        config_changes=(
            ConfigChange(device=text, before_at=NOON, diff=(f"+{text}", f"-{text}"), left_out=3),
        ),
        days=(path_day(text, scores, SPAN, threshold=3.5), empty_day(text)),
    )


def skeleton(text: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return the tags of a report, with all that browsers act on."""
    return Page(html(report(audit_of(text)))).tags


PLAIN = skeleton("plain")


@given(HOSTILE)
@settings(max_examples=20)
def test_no_text_of_a_device_becomes_a_part_of_the_page(text: str) -> None:
    assert skeleton(text) == PLAIN


def test_the_page_loads_nothing_and_runs_nothing_but_its_own() -> None:
    attributes = {name for _, held in PLAIN for name in held}
    assert not attributes & {"src", "href", "style", "srcset", "action", "xlink:href"}
    assert not [name for name in attributes if name.startswith("on")]
    assert sum(tag == "script" for tag, _ in PLAIN) == 1
    (policy,) = [
        held["content"] or ""
        for tag, held in PLAIN
        if tag == "meta" and held.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_what_a_device_said_is_there_to_be_read() -> None:
    said = "<script>alert(1)</script>"
    assert "".join(Page(html(report(audit_of(said)))).text).count(said) > 10


def test_what_hides_or_turns_the_writing_is_gone() -> None:
    shown = html(report(audit_of("a\u202eb\x1bc")))
    assert "abc" in shown
    assert "\u202e" not in shown


def shape(text: str) -> list[tuple[str, int]]:
    """Return the titles and table rows of a Markdown report, by how they begin."""
    inside, kept = "", []
    for line in markdown(report(audit_of(text))).splitlines():
        fence = line[: len(line) - len(line.lstrip("`"))]
        if inside:
            inside = "" if line == inside else inside
        elif len(fence) >= 3:
            inside = line
        elif line.startswith(("#", "|")):
            kept.append((line.split(" ")[0], line.replace("\\|", "").count("|")))
    return kept


@given(HOSTILE)
@settings(max_examples=20)
def test_markdown_has_the_same_titles_and_tables_whatever_a_device_said(text: str) -> None:
    assert shape(text) == shape("plain")


def test_markdown_puts_evidence_behind_a_fence_that_it_cannot_close() -> None:
    broken = finding(evidence=("````", "# title"))
    assert "`````\n````\n# title\n`````" in markdown(report(network_audit(device_audit(broken))))


def test_an_empty_network_has_a_report_too() -> None:
    found = report(network_audit(since=None, unread=()))
    assert "nothing to compare with yet" in html(found)
    assert "nothing to compare with yet" in markdown(found)


def test_a_page_shows_the_worst_and_says_that_there_is_more() -> None:
    many = [finding(where=f"policy P{i}") for i in range(MOST_ROWS + 1)]
    page = html(report(network_audit(device_audit(*many))))
    assert page.count('class="fix"') == MOST_ROWS
    assert "the JSON report has all of them" in page


@pytest.mark.parametrize("rule", ["QUE-02", "REF-01"])
def test_a_rule_that_is_spoken_of_is_explained(rule: str) -> None:
    found = report(network_audit(device_audit(finding(rule))))
    rules: Any = found["rules"]
    assert rules[rule]["title"] in html(found)
    assert list(rules) == [rule]


def names_in(tree: object) -> set[str]:
    """Return the names of all fields; rules and severities are no fields."""
    if isinstance(tree, Mapping):
        own = {str(key) for key in tree if "-" not in str(key)} - set(Severity)
        return own.union(*(names_in(value) for value in tree.values()))
    return set[str]().union(*map(names_in, tree)) if isinstance(tree, list) else set()


def test_the_documentation_names_every_field_of_the_json() -> None:
    tree = report(audit_of("x"))
    tree["rules"] = report(network_audit(device_audit(finding("QUE-02"))))["rules"]
    said = DOCS.read_text()
    names = names_in(json.loads(json.dumps(tree)))
    assert len(names) > 40
    assert {name for name in names if f"`{name}`" not in said} == set()


def test_a_finding_that_a_known_intent_can_fix_offers_the_verb_that_plans_it() -> None:
    place = "interface Gi0/1 > policy WAN > class VOICE"
    can, cannot = finding("QUE-01", where=place), finding("QUE-02", where=place)
    tree = report(network_audit(device_audit(can, cannot), changes=Changes(fixed=(can,))))
    command = f"qosbot plan --from-audit {can.id}"
    assert [one["plan"] for one in part(tree, "findings")] == [command, None]
    assert [one["plan"] for one in part(tree, "fixed")] == [None]
    for page in (html(tree), markdown(tree)):
        assert page.count(command) == 1
