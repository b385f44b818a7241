"""An audit reads what stands there, quotes it as it stands, and says what it did not understand."""

from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from qosbot.domain.audit.catalogue import RULES
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.frame import judge
from qosbot.domain.policies import QosPolicy, Share
from qosbot.platforms import AUDITED
from tests.needs import SHARED, needs
from tests.platforms.ios_golden import BRANCH, edited

QOS_WORDS = (
    "class", "match", "priority", "bandwidth", "shape", "police", "queue-limit", "fair-queue",
    "random-detect", "set", "service-policy", "conform-action", "exceed-action", "codec",
    "voice-class", "max-reserved-bandwidth", "tx-ring-limit", "mls", "qos", "tos", "vbr-nrt",
    "duplex", "speed",
)  # fmt: skip
OTHER_MAPS = ("class-map type", "policy-map type", "control-plane", "banner")


def read(text: str, platform: str = "cisco_ios") -> AuditFacts:
    return AUDITED[platform](text, "file")


@cache
def files() -> tuple[tuple[str, str, str], ...]:
    found = []
    for platform in ("cisco_ios", "cisco_xe"):
        for file in sorted(Path(SHARED / "configs" / platform / "config").iterdir()):
            text = file.read_bytes().decode("utf-8", errors="replace")
            found.append((platform, file.name, text))
    return tuple(found)


def qos_lines(text: str) -> list[tuple[int, str]]:
    """Return the indented lines of QoS and voice with their place and the header above them."""
    found, header = [], ""
    for i, line in enumerate(text.splitlines()):
        words = line.split()
        if not words or words[0].startswith("!"):
            continue
        if not line.startswith(" "):
            header = line
        elif words[0] in QOS_WORDS and not header.startswith(OTHER_MAPS) and of_qos(header, words):
            found.append((i, header))
    return found


def of_qos(header: str, words: list[str]) -> bool:
    if header.startswith(("class-map", "policy-map")):
        return True
    if header.startswith("interface"):
        return words[0] not in {"set", "match", "codec", "class", "priority"}
    if header.startswith("dial-peer"):
        return words[0] in {"codec", "voice-class"} and words[1] not in {"sip", "transparent"}
    return header.startswith("ip sla ") and words[0] == "tos"


def objects(facts: AuditFacts) -> dict[tuple[str, str], object]:
    """Return every object of a configuration by its kind and name."""
    found: dict[tuple[str, str], object] = {}
    for name in ("interfaces", "attached"):
        held = getattr(facts, name)
        if isinstance(held, tuple):
            for one in held:
                found["interface", f"{one.where} {one.direction}"] = one
        else:
            found |= {("interface", key): value for key, value in held.items()}
    for one in fields(QosPolicy):
        held = getattr(facts.policy, one.name)
        if isinstance(held, dict):
            found |= {(one.name, str(key)): value for key, value in held.items()}
    found |= {("probes", str(key)): value for key, value in facts.services.probes.items()}
    return found


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_xe"])
def test_an_altered_line_of_a_real_device_moves_one_object_or_is_listed(platform: str) -> None:
    needs("configs")
    for text in (text for where, _, text in files() if where == platform):
        before = read(text, platform)
        for at, header in qos_lines(text):
            for tail in (" zzz", " 63000", "x", "9"):
                check_altered(text, at, header, tail, before)


def check_altered(text: str, at: int, header: str, tail: str, before: AuditFacts) -> None:
    lines = text.splitlines()
    lines[at] = f"{lines[at].rstrip()}{tail}"
    after = read("\n".join(lines), before.platform)
    old, new = objects(before), objects(after)
    moved = {key for key in {**old, **new} if old.get(key) != new.get(key)}
    name = header.replace("voip", "").split()[-1]
    if header.startswith("interface"):
        name = "".join(header.split()[1:]).removesuffix("point-to-point")
    assert not {key for key in moved if name not in key[1]}, lines[at]
    assert moved or after.not_understood != before.not_understood, lines[at]


def test_every_real_configuration_is_judged_without_a_crash() -> None:
    needs("configs")
    assert files()
    for platform, name, text in files():
        for form in (text, text.replace("\n", "\r\n"), text[: len(text) // 2], text * 2):
            audit = judge(AUDITED[platform](form, name), RULES)
            assert audit.findings or audit.not_judged, name


def test_line_ends_banners_and_what_the_device_says_around_it_change_nothing() -> None:
    around = f"show running-config\nBuilding configuration...\n\n{BRANCH}\nbranch-ce1#"
    assert objects(read(around)) == objects(read(BRANCH))
    assert objects(read(BRANCH.replace("\n", "\r\n"))) == objects(read(BRANCH))
    assert objects(read(BRANCH.replace("\n ", "\n\t"))).keys() == objects(read(BRANCH)).keys()


def test_what_is_noted_behind_a_line_that_is_to_be_typed_is_no_part_of_it() -> None:
    typed = "\n".join(
        f"{line}   ! as agreed, see page 2" if line.startswith(" ") and "!" not in line else line
        for line in BRANCH.splitlines()
    )
    assert objects(read(typed)).keys() == objects(read(BRANCH)).keys()
    assert read(typed).policy.policy_maps == read(BRANCH).policy.policy_maps
    assert read(typed).not_understood == read(BRANCH).not_understood
    kept = read("interface Serial0/0\n description a ! b\n").policy.interfaces["Serial0/0"]
    assert kept.description == "a ! b"


def test_an_exit_that_was_typed_ends_a_section_and_says_nothing() -> None:
    text = "class-map match-any V\n match dscp ef\n exit\npolicy-map P\n class V\n  priority 64\n"
    found = read(f"{text}  exit\n exit\n")
    assert (found.not_understood, found.policy) == ((), read(text).policy)


def test_a_section_is_quoted_line_by_line_and_without_comments() -> None:
    facts = read(
        "interface Gi0/1\n  mtu  1492\n ! here\n\n  pvc 0/32\n\t vbr-nrt 512\nline con 0\n !"
    )
    assert dict(facts.sections) == {"interface Gi0/1": ("mtu 1492", "pvc 0/32", "vbr-nrt 512")}


def test_a_part_of_a_configuration_may_begin_within_a_section() -> None:
    facts = read("  pvc 0/32\n   qos odd\ninterface Gi0/1\n mtu 1492\nend\n duplex full")
    assert facts.sections["pvc 0/32"] == ("qos odd",)
    assert facts.sections["interface Gi0/1"] == ("mtu 1492", "duplex full")
    assert facts.not_understood == ("qos odd",)


def test_nothing_within_a_banner_is_read_whatever_its_last_line_begins_with() -> None:
    facts = read("banner motd ^C\ninterface Gi0/1\n! bye ^C\nbanner exec #hi#\nip cef\nhostname a")
    assert not facts.interfaces
    assert facts.device == "a"


@pytest.mark.parametrize(
    "pager",
    [
        " --More-- \n",
        " --More-- \r\n",
        " --More-- " + "\x08" * 9 + " " * 8 + "\x08" * 9,
        " --More-- \r         \r",
        " --More-- \x1b[K",
        " --More--         ",
        "<--- More --->\r              \r",
    ],
)
def test_what_a_pager_leaves_between_two_lines_changes_nothing(pager: str) -> None:
    lines = [line for line in BRANCH.splitlines() if line and not line.startswith("!")]
    want = objects(read("\n".join(lines)))
    for i in range(1, len(lines), 7):
        paged = "\n".join([*lines[:i], pager + lines[i], *lines[i + 1 :]])
        assert objects(read(paged)) == want, lines[i]


@pytest.mark.parametrize(
    "text",
    [
        "macro name PHONE\n{}@\n",
        "aaa authentication banner ^C\n{}^C\n",
        "aaa authentication fail-message ^C{}^C\n",
        "menu NOC title ^C\n{}^C\n",
    ],
)
def test_what_is_kept_as_text_is_no_configuration(text: str) -> None:
    kept = "interface Gi0/9\n service-policy output NONE\npolicy-map NONE\n class N\nmls qos\n"
    assert objects(read(BRANCH + text.format(kept))) == objects(read(BRANCH))


def test_a_macro_without_an_end_hides_nothing() -> None:
    found = read("macro name PHONE\n" + BRANCH)
    assert found.policy.policy_maps == read(BRANCH).policy.policy_maps


def test_a_real_router_is_judged_as_a_person_judges_it() -> None:
    needs("configs")
    text = next(text for _, name, text in files() if name == "ccp2-sample_08.ios")
    found = {(one.rule, one.where) for one in judge(read(text), RULES).findings}
    assert {
        ("REF-01", "class-map TO_ATM > access list NOT_INTERNAL"),
        ("REF-02", "policy-map SHAPE_HEIR"),
        ("QUE-05", "interface ATM0/0"),
        ("QUE-05", "interface Dialer1"),
    } <= found
    assert read(text).not_understood == ()
    assert read(text).interfaces["ATM0/0.32"].pvc_bps == 704e3


def test_a_real_switch_without_qos_breaks_no_rule_about_queues_or_names() -> None:
    needs("configs")
    ((platform, name, text),) = [one for one in files() if one[1].startswith("oxidized")]
    audit = judge(AUDITED[platform](text, name), RULES)
    assert not [one for one in audit.findings if one.rule.startswith(("QUE", "REF"))]
    assert audit.not_understood == ()


def test_a_port_says_what_it_says() -> None:
    port = read(
        "interface Serial0/0\n speed 100\n duplex half\n mtu 1492\n ip address 192.0.2.1 "
        "255.255.255.252\n ipv6 enable\n qos pre-classify\n tx-ring-limit 3\n"
        " ppp multilink fragment delay 10\n ppp multilink interleave\n"
        " ip rtp header-compression\n max-reserved-bandwidth 90\n"
    ).interfaces["Serial0/0"]
    assert (port.speed_bps, port.duplex, port.mtu_bytes) == (100e6, "half", 1492)
    assert (port.has_ipv4, port.has_ipv6, port.has_qos_pre_classify) == (True, True, True)
    assert (port.tx_ring_limit, port.fragment_delay_s, port.has_interleave) == (3, 0.01, True)
    assert (port.has_rtp_compression, port.reserved_ratio) == (True, 0.9)


def test_a_switch_port_says_whom_it_trusts() -> None:
    facts = read(
        "mls qos\ninterface FastEthernet0/1\n switchport mode access\n"
        " switchport voice vlan 110\n mls qos trust device cisco-phone\n mls qos trust cos\n"
        " auto qos voip cisco-phone\n priority-queue out\n"
    )
    port = facts.interfaces["FastEthernet0/1"]
    assert facts.services.has_switch_qos
    assert (port.trusts, port.voice_vlan) == (("device cisco-phone", "cos"), "110")
    assert (port.auto_qos, port.has_priority_queue) == (("voip cisco-phone",), True)


def test_probes_are_read_with_their_schedule() -> None:
    probes = read(
        "ip sla 7\n udp-jitter 192.0.2.9 16384 source-ip 192.0.2.1 codec g711ulaw\n tos 184\n"
        " frequency 60\nip sla schedule 7 life forever start-time now\n"
        "ip sla 8\n icmp-echo 192.0.2.9\n tos 0xB8\nip sla responder\n"
    ).services.probes
    assert (probes[7].codec, probes[7].tos, probes[7].frequency_s) == ("g711ulaw", 184, 60.0)
    assert (probes[7].is_scheduled, probes[8].is_scheduled) == (True, False)
    assert (probes[8].kind, probes[8].tos) == ("icmp-echo", 184)


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("police 128000 8000 16000 conform-action transmit exceed-action drop", "exceed"),
        ("police cir 128000 bc 8000 conform-action set-dscp-transmit ef", "conform"),
        ("police cir percent 10 bc 4 ms be 8 ms violate-action drop", "violate"),
        ("police rate percent 10 burst 4 ms\n   exceed-action set-dscp-transmit dscp table T",
         "exceed"),
        ("police 10m 8000 exceed-action policed-dscp-transmit", "exceed"),
        ("police cir 8000 bc 1500 pir 16000 be 3000 exceed-action drop", "exceed"),
        ("police 320 kbps 8000 byte conform-action transmit exceed-action drop", "exceed"),
        ("police rate 9 pps burst 9 packets peak-rate 9 peak-burst 9 packets exceed-action drop",
         "exceed"),
    ],
)  # fmt: skip
def test_a_policer_is_read_in_all_its_forms(line: str, action: str) -> None:
    facts = read(f"policy-map P\n class class-default\n  {line}\n")
    (held,) = facts.policy.policy_maps["P"].classes
    assert (held.has_police, facts.not_understood) == (True, ())
    assert action in dict(held.police_actions)


@pytest.mark.parametrize(
    "line",
    [
        "random-detect dscp ef 20 40 10", "random-detect dscp-based", "queue-limit 4096 bytes",
        "queue-limit 20 ms", "set cos dscp", "set precedence 5",
        "set mpls experimental imposition 5",
        "bandwidth remaining ratio 4", "shape average percent 50", "shape peak 64000 8000 8000",
        "shape average 10m", "queue-buffers ratio 10", "netflow-sampler S", "fair-queue 64",
        "queue-limit dscp cs2 percent 80", "compression header ip rtp", "drop",
        "bandwidth percent 20 account dot1q user-defined 4",
    ],
)  # fmt: skip
def test_an_action_of_ios_is_understood(line: str) -> None:
    assert read(f"policy-map P\n class class-default\n  {line}\n").not_understood == ()


@pytest.mark.parametrize(
    "text",
    [
        "policy-map P\n class class-default\n  set dscp eff\n",
        "policy-map P\n class class-default\n  random-detect sometimes\n",
        "policy-map P\n class class-default\n  police a lot\n",
        "policy-map P\n class class-default\n  prioritty percent 20\n",
        "class-map match-any V\n match dscp voice\n",
        "class-map match-any V W\n match dscp ef\n",
        "interface Gi0/1\n service-policy output\n",
        "interface Gi0/1\n mls qos trust everybody\n",
        "interface Gi0/1\n tx-queue 0\n",
        "route-map R permit 10\n set ip precedence 5\n",
        "unknown section\n match dscp ef\n",
        "priority-list 1 protokol ip high\n",
    ],
)
def test_what_looks_like_qos_and_is_not_understood_is_listed_verbatim(text: str) -> None:
    listed = read(text).not_understood
    assert listed
    assert set(listed) <= {line.strip() for line in text.splitlines()}


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000_000,
        "policy-map P\n class V\n  priority " + "9" * 5000 + "\n",
        "policy-map P\n class V\n  priority " + "9" * 200 + "\n",
        "interface Gi0/1\n bandwidth " + "9" * 5000 + "\n speed " + "9" * 400 + "\n",
        "\n".join(" " * i + "class X" for i in range(3000)),
        "banner motd ^C\n never closed",
        "class-map match-any V\n match dscp ef\n match ip",
        "class-map match-any V\n match\n match not\n match ip dscp\n match access-group\n",
        "interface Gi0/1\n" + "!\n mtu 1500\nend\n mtu 1500\n" * 50_000,
        "interface\n service-policy\nclass-map\npolicy-map\nip sla\ndial-peer voice\nhostname\n",
        "alias exec x " + "qos " * 300_000,
        "policy-map W\n" + "!\n class A\n" * 20_000,
        "dial-peer voice 1 voip\n max-conn \u00b2\n",
        "\x1b[24;1H\x08\x08\x00\ufffd policy-map \u0663\n bandwidth \u0663\n",
        "interface Gi0/1\n speed \u00b2\n mtu \u0663\n switchport\n tunnel\n",
    ],
)
def test_hostile_text_is_read_without_a_crash(text: str) -> None:
    audit = judge(read(text), RULES)
    assert audit.device


@pytest.mark.parametrize(
    "line",
    [
        *("qos odd", "dscp odd", "service-policy odd", "policy-map X", "class-map X"),
        *("match precedence 5", "match  ip precedence 5", "match\tcos 5", "priority percent 20"),
        *("bandwidth percent 5", "bandwidth remaining odd", "bandwidth guaranteed"),
        *("shape average 64000", "police cir 8000", "police rate 5", "random-detect odd"),
        *("queue-limit 64", "queue-set 2", "wrr-queue 1", "rcv-queue 1", "srr-queue 1"),
        *("priority-queue out", "ip rsvp odd", "priority-list 1 odd", "queue-list 1 odd"),
        *("traffic-shape odd", "rate-limit odd", "set ip precedence 5", "set ip tos 4"),
        *("set ip qos-group odd", "tx-ring-limit odd", "vbr-rt odd", "vbr-nrt odd"),
        "fair-queue odd",
    ],
)
def test_each_word_of_qos_is_listed_where_nobody_reads_any(line: str) -> None:
    assert read(f"unknown section\n this\n  {line}\n that\n").not_understood == (line,)
    assert read(f"unknown that\n{line} x\n").not_understood == (f"{line} x",)


def test_a_list_after_a_blank_that_is_no_devices_is_a_list() -> None:
    facts = read("hostname r\n\u00a0ip access-list extended A\n permit udp any any\n")
    assert facts.policy.access_lists == {"A": ("permit udp any any",)}


@pytest.mark.parametrize(
    "text",
    [
        "macro name X\npolicy-map FAKE\n class class-default\n@\n",
        "menu M title ^C\npolicy-map FAKE\n^C\n",
        "aaa authentication banner ^C\npolicy-map FAKE\n^C\n",
        "aaa authentication banner ! hello\npolicy-map FAKE\n!\n",
        "aaa authentication fail-message ^C\npolicy-map FAKE\n^C\n",
        "banner motd ^C\nmacro name x\npolicy-map FAKE\n^C\n",
    ],
)
def test_a_text_that_only_looks_like_configuration_is_none(text: str) -> None:
    real = "policy-map REAL\n class class-default\n  fair-queue\n"
    for whole in (text + real, f"hostname r\n{text}{real}", f"{real}{text}"):
        assert list(read(whole).policy.policy_maps) == ["REAL"]


@pytest.mark.parametrize("before", ['"', "(", "/", "\t", "\u00ab", "\u00a0", "\n !\n ", "\n\n  "])
def test_a_word_of_qos_is_listed_whatever_stands_before_it(before: str) -> None:
    (line,) = read(f"unknown q show {before}policy-map X\n").not_understood
    assert line.endswith("policy-map X")


@pytest.mark.parametrize(
    "line",
    [
        "queue-set 2", "srr-queue bandwidth share 1 30 35 5", "wrr-queue bandwidth 10 20 70 1",
        "rate-limit output 8000 1500 2000 conform-action transmit exceed-action drop",
        "fair-queue 64", "traffic-shape rate 128000", "hold-queue 100 out", "speed 100",
    ],
)  # fmt: skip
def test_a_known_line_of_a_port_that_no_rule_reads_is_kept_with_the_port(line: str) -> None:
    facts = read(f"interface Gi0/1\n {line}\n")
    port = facts.interfaces["Gi0/1"]
    assert facts.not_understood == ()
    assert port.unjudged == (() if line.startswith("speed") else (line,))


@pytest.mark.parametrize("blank", [" ", "  ", "\t", " \t "])
def test_lists_and_probes_are_found_whatever_blanks_stand_in_their_heads(blank: str) -> None:
    acl = f"ip{blank}access-list{blank}extended CALLS\n permit udp any any range 16384 32767\n"
    probe = f"ip{blank}sla{blank}7\n udp-jitter 192.0.2.1 16384 codec g711ulaw\n"
    facts = read(f"ip route 0.0.0.0 0.0.0.0 192.0.2.9\n{acl}{probe}ip slang 3\n")
    assert set(facts.policy.access_lists) == {"CALLS"}
    assert set(facts.services.probes) == {7}


def test_what_is_not_understood_shows_no_secret() -> None:
    (line,) = read("snmp-server x\nqos server key 7 0822455D0A16 community S3CRET\n").not_understood
    assert line.startswith("qos server")
    assert "0822455D0A16" not in line


def test_a_second_edit_of_the_branch_is_seen() -> None:
    after = read(edited("  priority percent 20", "  priority percent 40"))
    assert [one.rule for one in judge(after, RULES).findings if one.rule == "QUE-02"]


@pytest.mark.parametrize(
    "text",
    [
        "ip sla 7\n udp-jitter 192.0.2.9 16384 codek g711ulaw\n tos 184\n",
        "ip sla 7\n udp-jitter 192.0.2.9 16384\n tos ef\n",
        "ip sla 7\n udp-jitterbug 192.0.2.9\n",
        "ip sla shedule 7 start-time now\n",
        "rtr 7\n type jitterbug dest-ipaddr 192.0.2.9\n",
        "call threshold global total-calls high 40\n",
        "call spike often\n",
        "interface GigabitEthernet1/1\n tx-queue 3\n  priority sometimes\n",
        "interface ATM0/0.1 point-to-point\n pvc 0/32\n  vbr-nrt fast\n",
        "map-class frame-relay M\n frame-relay cir 512000\n frame-relay cir fast\n",
    ],
)
def test_probes_admission_and_circuits_that_are_not_understood_are_listed(text: str) -> None:
    assert len(read(text).not_understood) == 1


@pytest.mark.parametrize(
    "text",
    [
        "ip sla 7\n udp-jitter 192.0.2.9 16384 codec g711ulaw\n tos 0xB8\n timeout 500\n",
        "rtr 8\n type jitter dest-ipaddr 192.0.2.9 dest-port 16384\nrtr responder\n",
        "ip sla monitor 8\n type echo protocol ipIcmpEcho 192.0.2.9\n frequency 2\n",
        "ip sla schedule 7 life forever start-time now\nip sla enable reaction-alerts\n",
        "ip sla reaction-configuration 7 react jitterAvg threshold-value 30 20\n",
        "call threshold global cpu-5sec low 70 high 90 treatment\n",
        "call threshold interface GigabitEthernet0/1 int-calls low 5 high 9\ncall spike 10\n",
        "interface GigabitEthernet1/1\n tx-queue 3\n  priority high\n  bandwidth 30 mbps\n",
        "interface ATM0/0.1 point-to-point\n pvc 0/32\n  vbr-nrt 704 512 94\n",
    ],
)
def test_probes_admission_and_circuits_are_understood(text: str) -> None:
    assert read(text).not_understood == ()


def test_a_probe_or_schedule_that_is_taken_back_is_gone() -> None:
    probe = "ip sla 7\n udp-jitter 192.0.2.9 16384\nip sla schedule 7 start-time now\n"
    assert not read(f"{probe}no ip sla schedule 7\n").services.probes[7].is_scheduled
    assert read(f"{probe}no ip sla 7\n").services.probes == {}
    assert 7 in read(f"no ip sla 7\n{probe}").services.probes


def test_admission_is_read_by_interface_and_for_the_device() -> None:
    limits = read(
        "call threshold interface GigabitEthernet 0/1 int-calls low 5 high 9\n"
        "call threshold global total-calls low 10 high 20\n"
        "call threshold interface Serial0/0 int-bandwidth class-map V l2-overhead 10 low 80"
        " high 400\n"
    ).services.call_limits
    said = [(one.interface, one.calls, one.bps) for one in limits]
    assert said == [("GigabitEthernet0/1", 9, None), (None, 20, None), ("Serial0/0", None, 400e3)]


def test_the_fragments_of_a_map_class_are_those_of_the_port_that_names_it() -> None:
    ports = read(
        "interface Serial0/0.1 point-to-point\n frame-relay interface-dlci 16\n  class SLOW\n"
        "interface Serial0/0.2 point-to-point\n frame-relay interface-dlci 17\n"
        "map-class frame-relay SLOW\n frame-relay fragment 640\n"
    ).interfaces
    assert [port.fragment_bytes for port in ports.values()] == [640, None]


def test_a_burst_in_kilobytes_is_read_in_bytes() -> None:
    facts = read("policy-map P\n class class-default\n  police 10 mbps 100 kbyte\n")
    (held,) = facts.policy.policy_maps["P"].classes
    assert (held.police, held.police_burst_bytes) == (Share(bps=10e6), 100e3)


def test_a_burst_in_milliseconds_is_read_as_a_time() -> None:
    facts = read("policy-map P\n class class-default\n  police cir percent 10 bc 4 ms\n")
    (held,) = facts.policy.policy_maps["P"].classes
    assert (held.police_burst_s, held.police_burst_bytes) == (0.004, None)


@pytest.mark.parametrize("beside", ["bandwidth receive 20000", "bandwidth inherit"])
def test_another_bandwidth_does_not_take_the_place_of_the_one_out(beside: str) -> None:
    found = read(f"interface Tunnel1\n bandwidth 4000\n {beside}\n")
    assert found.policy.interfaces["Tunnel1"].bandwidth_bps == 4e6


def test_a_bandwidth_of_nothing_is_none() -> None:
    found = read("interface Tunnel1\n bandwidth 0\n")
    assert found.policy.interfaces["Tunnel1"].bandwidth_bps is None


def test_a_port_of_a_vdsl_modem_has_no_rate_of_its_own() -> None:
    port = "interface Ethernet0/1/0\n mtu 1500\n"
    assert read(port).interfaces["Ethernet0/1/0"].port_bps == 10e6
    vdsl = read(f"controller VDSL 0/1/0\n{port}")
    assert vdsl.interfaces["Ethernet0/1/0"].port_bps is None


def test_the_channels_of_a_controller_are_read_with_their_rates() -> None:
    found = read(
        "controller T1 0/0/0\n channel-group 0 timeslots 1-24\n"
        "controller E1 1/0\n channel-group 1 timeslots 1-15,17 speed 56\n pri-group timeslots 1-9\n"
    ).channels
    assert found == {"Serial0/0/0:0": 1536e3, "Serial1/0:1": 896e3}


def test_a_direction_may_be_typed_short() -> None:
    found = read("interface ATM0/0.1\n service-policy in Q\n pvc 0/32\n  service-policy out P\n")
    said = [(one.via, one.direction.value, one.policy) for one in found.attached]
    assert said == [("", "in", "Q"), ("pvc 0/32", "out", "P")]
    assert found.not_understood == ()


def test_a_policy_for_the_clients_of_a_wireless_network_is_at_work() -> None:
    found = read("wireless profile policy OFFICE\n service-policy client input P\n")
    said = [(one.where, one.direction.value, one.policy) for one in found.attached]
    assert said == [("wireless profile policy OFFICE", "in", "P")]
    assert found.not_understood == ()


@pytest.mark.parametrize("word", ["ip nhrp", "nhrp"])
def test_a_policy_for_a_group_of_spokes_is_understood(word: str) -> None:
    lines = f" {word} map group G service-policy output P\n {word} group G\n"
    found = read(f"interface Tunnel1\n{lines}")
    assert [one.policy for one in found.attached] == ["P"]
    assert found.not_understood == ()


@pytest.mark.parametrize(
    "text",
    [
        "srr-queue bandwidth 1 2 3 4\n",
        "priority-queue out\n",
        "ip rsvp polizy local default\n",
        "interface Serial0/0\n ip rsvp bandwith 128\n",
        "interface Gi1/1\n wrr-queue bandwidth a lot\n",
        "interface Gi0/0\n rate-limit input 8000 9000 9000 conform-action set-prec-transmit 5\n",
    ],
)
def test_what_is_nearly_a_queue_of_old_and_a_mark_beside_mqc_are_listed(text: str) -> None:
    assert read(text).not_understood == (text.splitlines()[-1].strip(),)


@pytest.mark.parametrize(
    "line",
    [
        "wrr-queue bandwidth percent 10 20 70", "wrr-queue dscp-map 3 1 46", "wrr-queue shape 9 0",
        "wrr-queue random-detect min-threshold 1 80 100", "no wrr-queue random-detect 3",
        "rcv-queue queue-limit 80 20", "priority-queue queue-limit 15", "fair-queue tos",
        "mls qos queue-mode mode-dscp", "mls qos trust extend cos 0", "qos vlan-based",
        "rate-limit output access-group 101 512000 8000 16000 conform-action transmit",
        "traffic-shape rate 512000 12800 12800 1000", "ip rtp priority 16384 16383 128",
        "ip rsvp bandwidth 128 64", "random-detect dscp-based", "random-detect precedence 1 20 40",
        "priority-group 1", "custom-queue-list 1", "frame-relay traffic-shaping",
        "frame-relay class CIRCUIT", "speed basic-6.0 9.0 basic-12.0", "platform qos trust dscp",
        "service-policy type queueing output P", "plim qos input map ip dscp ef queue 0",
    ],
)  # fmt: skip
def test_what_queues_and_polices_on_an_older_port_is_understood(line: str) -> None:
    assert read(f"interface Serial1/0\n {line}\n").not_understood == ()


@pytest.mark.parametrize(
    "text",
    [
        "mls rate-limit unicast cef glean 100 10\n", "mls qos statistics-export interval 300\n",
        "qos\nqos dbl\nqos map dscp 46 to tx-queue 3\n", "ip rsvp policy local default\n",
        "priority-list 1 protocol ip high udp 5060\n", "queue-list 1 queue 1 byte-count 3000\n",
        "random-detect-group W dscp-based\n", "alias exec drops show policy-map interface\n",
        "flow record R\n match ipv4 dscp\n collect ipv4 dscp\n",
        "crypto map VPN 10 ipsec-isakmp\n qos pre-classify\n",
        "map-class frame-relay M\n frame-relay fair-queue\n frame-relay ip rtp priority 9 9 9\n",
        "call threshold interface Gi0/1 int-bandwidth class-map V l2-overhead 10 low 80 high 400\n",
        "call threshold interface Gi0/1 int-bandwidth low 80 high 400\n",
        "mgcp ip qos dscp ef media\nvoice class dscp-profile 1\n dscp media audio ef\n",
        "dial-peer voice 1 voip\n ip qos defending-priority 1\n voice-class sip dscp-profile 1\n",
        "interface Gi1/1\n tx-queue 3\n  bandwidth percent 30\n  shape percent 33\n",
        "ip sla 7\n ftp get ftp://192.0.2.1/f\n",
        "flow exporter E\n dscp 32\n", "radius-server dscp auth 46 acct 46\nip ssh dscp 16\n",
        "router bgp 65000\n neighbor 192.0.2.1 dscp 46\n", "ip icmp rate-limit unreachable 100\n",
        "parser view NOC\n commands exec include all show policy-map\n",
        "template T\n service-policy type control subscriber ACCESS\n",
    ],
)  # fmt: skip
def test_what_is_said_of_a_whole_switch_and_beside_its_ports_is_understood(text: str) -> None:
    assert read(text).not_understood == ()


@pytest.mark.parametrize(
    "line",
    [
        "set dscp tunnel ef", "set ip precedence tunnel 5", "compress header ip rtp", "dbl",
        "random-detect dscp af31 20 ms 40 ms 10", "queue-limit dscp values af13 cs1 percent 80",
        "fair-queue individual-limit 20 dynamic-queues 64", "random-detect atm-clp-based",
        "random-detect dscp-based aggregate",
        "police flow mask src-only 128000 8000 conform-action transmit exceed-action drop",
        "set qos-group mpls experimental topmost", "conform-color GOLD exceed-color SILVER",
    ],
)  # fmt: skip
def test_an_action_of_some_platforms_is_understood_and_marks_nothing_itself(line: str) -> None:
    facts = read(f"policy-map P\n class class-default\n  {line}\n")
    (held,) = facts.policy.policy_maps["P"].classes
    assert (facts.not_understood, held.set_dscp) == ((), None)


def test_an_interface_has_the_addresses_that_stand_below_it() -> None:
    text = (
        "interface Ethernet0\n description ip address 192.0.2.9 255.255.255.0\n"
        " ip address 192.0.2.1 255.255.255.0\n ip address 192.0.2.5 255.255.255.0 secondary\n"
        "interface Ethernet1\n ip address dhcp client-id Ethernet1\n!\n"
        "interface Ethernet2\n no ip address\n!\n"
        "interface Ethernet3\n\tip  address 192.0.2.130   255.255.255.128\n"
        "interface Ethernet4\n ip address negotiated\n duplex full\n"
    )
    assert dict(read(text).addresses) == {
        "Ethernet0": [("192.0.2.1", "255.255.255.0"), ("192.0.2.5", "255.255.255.0")],
        "Ethernet3": [("192.0.2.130", "255.255.255.128")],
    }
