import pytest

from qosbot.domain.audit.findings import Severity
from tests.domain.audit.judged import CLEAN, audited, findings, unjudged

JITTER = " udp-jitter 192.0.2.9 16384 codec g711ulaw\n"
STARTED = "ip sla schedule 7 life forever start-time now\n"
WHOLE = (
    "version 15.7\nservice timestamps log datetime msec\nhostname r1\n"
    f"archive\n path flash:archive\n{CLEAN}ntp server 192.0.2.20\n"
)


def probe(*lines: str, kind: str = JITTER, schedule: str = STARTED) -> str:
    return f"ip sla 7\n{kind}{''.join(f' {line}{chr(10)}' for line in lines)}{schedule}"


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        (probe("tos 184"), False),
        (probe("tos 0xB8"), False),
        (probe(), True),
        (probe("tos 160"), True),
        (probe(kind=" udp-jitter 192.0.2.9 16384\n"), True),
        (probe("tos 184", schedule=""), True),
    ],
)
def test_a_probe_of_voice_is_marked_and_runs(text: str, *, is_wrong: bool) -> None:
    found = [(one.where, one.severity) for one in findings("SLA-01", text)]
    assert found == [("ip sla 7", Severity.MEDIUM)] * is_wrong


def test_a_probe_of_an_old_release_is_judged_alike() -> None:
    jitter = " type jitter dest-ipaddr 192.0.2.9 dest-port 16384 codec g711ulaw\n"
    old = f"rtr 7\n{jitter}{{}}rtr schedule 7 life forever start-time now\n"
    (found,) = findings("SLA-01", old.format(""))
    assert found.evidence[:2] == ("rtr 7", jitter.strip())
    assert not findings("SLA-01", old.format(" tos 184\n"))


@pytest.mark.parametrize(
    "text",
    [
        probe(kind=" icmp-echo 192.0.2.9\n"),
        probe("tos 136", kind=" udp-jitter 192.0.2.9 16384\n"),
        CLEAN,
    ],
)
def test_probes_of_something_else_are_no_probes_of_voice(text: str) -> None:
    assert not findings("SLA-01", text)
    assert unjudged("SLA-01", text)


def test_probes_without_a_clock_are_found() -> None:
    (found,) = findings("SLA-02", WHOLE.replace("ntp server 192.0.2.20\n", "") + probe("tos 184"))
    assert (found.where, found.severity) == ("ntp", Severity.MEDIUM)
    answers = WHOLE.replace("ntp server 192.0.2.20\n", "ip sla responder\n")
    assert findings("SLA-02", answers)
    assert not findings("SLA-02", WHOLE + probe("tos 184"))
    assert unjudged("SLA-02", WHOLE + probe("tos 184"))
    assert unjudged("SLA-02", WHOLE)


@pytest.mark.parametrize(
    ("frequency", "count", "where"),
    [(60, 1, []), (30, 1, ["ip sla 1"]), (10, 1, ["ip sla 1"]), (60, 5, []), (60, 6, ["ip sla"])],
)
def test_probes_are_few_enough(frequency: int, count: int, where: list[str]) -> None:
    probes = "".join(f"ip sla {i + 1}\n{JITTER} frequency {frequency}\n" for i in range(count))
    assert [one.where for one in findings("SLA-03", probes)] == where
    assert unjudged("SLA-03", CLEAN)


def test_without_an_archive_path_a_change_cannot_be_rolled_back() -> None:
    (found,) = findings("OPS-01", WHOLE.replace(" path flash:archive\n", " maximum 14\n"))
    assert (found.where, found.severity) == ("archive", Severity.HIGH)
    assert findings("OPS-01", WHOLE.replace("archive\n path flash:archive\n", ""))
    assert "OPS-01" in audited(WHOLE).passed


@pytest.mark.parametrize(
    ("changed", "saved", "is_unsaved"),
    [
        ("10:00:00 UTC Mon Nov 2 2026", "10:00:01 UTC Mon Nov 2 2026", False),
        ("09:00:00 UTC Tue Nov 10 2026", "10:00:01 UTC Mon Nov 2 2026", True),
        ("09:00:00 UTC Fri Jan 1 2027", "10:00:01 UTC Mon Nov 2 2026", True),
    ],
)
def test_a_change_after_the_last_save_is_not_saved(
    changed: str, saved: str, *, is_unsaved: bool
) -> None:
    head = (
        f"! Last configuration change at {changed} by noc\n! NVRAM config last updated at {saved}\n"
    )
    assert bool(findings("OPS-02", head + WHOLE)) is is_unsaved
    assert not unjudged("OPS-02", head + WHOLE)


def test_without_both_times_in_one_zone_nobody_knows_what_would_start() -> None:
    head = (
        "! Last configuration change at 09:00:00 UTC Tue Nov 10 2026 by noc\n"
        "! NVRAM config last updated at 10:00:01 CET Mon Nov 2 2026\n"
    )
    assert unjudged("OPS-02", WHOLE)
    assert unjudged("OPS-02", head + WHOLE)
    assert not findings("OPS-02", head + WHOLE)


def test_leaving_the_configuration_mode_after_a_save_is_no_change() -> None:
    head = (
        "! Last configuration change at 09:37:40 CEST Tue Aug 20 2024 by noc\n"
        "! NVRAM config last updated at 09:37:37 CEST Tue Aug 20 2024 by noc\n"
    )
    assert unjudged("OPS-02", head + WHOLE)
    assert not findings("OPS-02", head + WHOLE)
    assert unjudged("OPS-02", head.replace("Aug 20", "Feb 31") + WHOLE)


def test_a_clock_and_times_in_the_log_are_needed() -> None:
    assert "OPS-03" in audited(WHOLE).passed
    no_ntp = findings("OPS-03", WHOLE.replace("ntp server 192.0.2.20\n", ""))
    assert [(one.where, one.severity) for one in no_ntp] == [("ntp", Severity.MEDIUM)]
    since_start = WHOLE.replace("log datetime msec", "log uptime")
    assert [one.where for one in findings("OPS-03", since_start)] == ["service timestamps"]


@pytest.mark.parametrize("rule", ["OPS-01", "OPS-03"])
def test_a_part_of_a_configuration_is_not_blamed_for_what_it_leaves_out(rule: str) -> None:
    assert not findings(rule, CLEAN)
    assert unjudged(rule, CLEAN)
