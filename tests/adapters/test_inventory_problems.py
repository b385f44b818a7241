"""Each mistake in a file is a problem with its line and with what to do."""

import os
from pathlib import Path

import pytest

from qosbot.domain.inventory import Risk
from tests.adapters.test_inventory_examples import complaints, lay_out, load


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


def change(directory: Path, name: str, old: str, new: str) -> None:
    """Replace the only or the first occurrence of a text in a file."""
    text = (directory / name).read_text()
    assert old in text
    (directory / name).write_text(text.replace(old, new, 1))


ACCEPTED = "{id: 0123456789ab, owner: ana, reason: known}"
CASES = [
    # hosts, groups and defaults: what stands there is never quoted
    ("hosts.yaml", "hostname: 192.0.2.1\n", "hostnam: 192.0.2.1\n", "did you mean `hostname`?"),
    ("hosts.yaml", "hostname: 192.0.2.1\n", "hostname: 192.0.2.1/24\n", "neither an address"),
    ("hosts.yaml", "  hostname: 192.0.2.1\n", "", "device par-core1 has no hostname"),
    ("hosts.yaml", "  hostname: 192.0.2.2\n", "  hostname: 192.0.2.1\n", "SNMP port of par-core1"),
    ("hosts.yaml", "[ios, par]", "[par]", "device par-core1 has no platform"),
    ("hosts.yaml", "[ios, par]", "[ios]", "device par-core1 has no data: site"),
    ("hosts.yaml", "[ios, par]", "[ios, para]", "no such group; did you mean `par`?"),
    ("hosts.yaml", "[ios, par]", "[ios, par, ios]", "group ios is named twice"),
    ("hosts.yaml", "[ios, par]", "ios", "groups must be a list"),
    ("hosts.yaml", "par-ce1:", "par-core1:", "duplicate key in the file of devices"),
    ("hosts.yaml", "lyo-gw1:", "'lyo gw1':", "a device's name is not a name of letters"),
    ("hosts.yaml", "lyo-gw1:", "17:", "would be read as a number or the like; put the name in"),
    ("hosts.yaml", "lyo-gw1:", "1e5:", "would be read as a number or the like; put the name in"),
    ("hosts.yaml", "lyo-gw1:", "true:", "would be read as a number or the like; put the name in"),
    ("hosts.yaml", "groups: [ios, lyo]", "port: 22.5", "port must be a whole number"),
    ("hosts.yaml", "groups: [ios, lyo]", "connection_options: {}", "unknown key in device"),
    ("groups.yaml", "cisco_ios", "cisco_iso", "did you mean `cisco_ios`?"),
    ("groups.yaml", "platform:", "groups: [ios]\n  platform:", "group ios is its own ancestor"),
    ("groups.yaml", "site: par", "site: 75", "site must be a text; put it in quotes"),
    ("groups.yaml", "version: 2c", "version: 2", "SNMP version is unknown; write `2c` or `3`"),
    ("groups.yaml", "      version: 2c\n", "", "snmp of group snmp-v2c has no version"),
    ("groups.yaml", "community:", "user:", "snmp of group snmp-v2c has no community"),
    ("defaults.yaml", "    priv: aes128\n", "", "snmp needs both priv and priv_key"),
    ("defaults.yaml", "sha256", "sha25", "auth is not one that is known; did you mean `sha256`?"),
    ("defaults.yaml", "username: qosbot", "", "device par-core1 has no username"),
    ("defaults.yaml", "lab.json", "lab file.json", "endpoints is not a path without spaces"),
    # links
    ("links.yaml", "20 Mbit/s", "20", "rate_out '20' has no unit; write a rate like `20 Mbit/s`"),
    ("links.yaml", "20 Mbit/s", "20 Mbps", "unit that is not known; write a rate like"),
    ("links.yaml", "20 Mbit/s", "20 MB/s", "unit that is not known; write a rate like"),
    ("links.yaml", "20 Mbit/s", "20 ms", "is a time where a rate is needed"),
    ("links.yaml", "20 Mbit/s", "-20 Mbit/s", "is not a rate"),
    ("links.yaml", "20 Mbit/s", "20 bit/s", "is not from 8 kbit/s to 1000 Gbit/s"),
    ("links.yaml", "20 Mbit/s", "[20]", "rate_out must be a rate"),
    ("links.yaml", "6 Mbit/s", "60 Mbit/s", "ef_contract exceeds the rates of the link"),
    (
        "links.yaml",
        "ef_contract: unknown",
        "ef_contract: unkown",
        "ef_contract 'unkown' is not a rate",
    ),
    ("links.yaml", "layer2: hdlc", "layer2: frame", "layer2 'frame' is not one that is known"),
    ("links.yaml", "circuit: PAR-0001", "circuit:", "circuit is empty"),
    ("links.yaml", "  circuit: PAR-0001\n", "", "the link has no circuit; add `circuit:`"),
    ("links.yaml", "device: par-core1", "device: par-core", "did you mean `par-core1`?"),
    ("links.yaml", "GigabitEthernet0/0", "GigabitEthernet0/1", "duplicate link par-ce1 Gig"),
    ("links.yaml", "Serial0/0/0", "Serial 0/0/0", "as the running configuration names it"),
    # paths
    ("paths.yaml", "Serial0/0/0", "Serial0/0/1", "did you mean `nan-ce1 Serial0/0/0`?"),
    ("paths.yaml", "ingress: lyo-ce1 Gig", "ingress: lyo-ce9 Gig", "there is no link 'lyo-ce9 Gi"),
    ("paths.yaml", "ingress: nan-ce1 Serial0/0/0", "ingress: nan-ce1", "write `DEVICE INTERFACE`"),
    ("paths.yaml", "ingress: nan-ce1 Serial0/0/0", "ingres: x", "did you mean `ingress`?"),
    ("paths.yaml", "device: par-core1", "device: par-core2", "did you mean `par-core1`?"),
    ("paths.yaml", "operation: 102", "operation: 101", "the probe of par-lyo: par-core1 101"),
    ("paths.yaml", "operation: 102", "operation: '102'", "operation must be a whole number"),
    ("paths.yaml", "codec: g729a", "codec: g729", "codec 'g729' is not one that is known"),
    ("paths.yaml", "packet_time: 20 ms", "packet_time: 20 s", "is not from 5 ms to 120 ms"),
    ("paths.yaml", "packet_time: 20 ms", "packet_time: 20 %", "is a share where a time is needed"),
    ("paths.yaml", "clear_above: 3.7", "clear_above: 3.5", "is not above raise_below 3.5"),
    ("paths.yaml", "raise_below: 3.5", "raise_below: 5.5", "must be a number from 1 to 4.5"),
    ("paths.yaml", "busy_hour_calls: 12", "busy_hour_calls: 0", "a whole number from 1 to"),
    ("paths.yaml", "par-nan:", "par-lyo:", "duplicate key 'par-lyo' in paths.yaml"),
    ("paths.yaml", "par-nan:", "par nan:", "path 'par nan' is not a name of letters"),
    (
        "paths.yaml",
        "ingress: lyo-ce1 GigabitEthernet0/1",
        "ingress: nan-ce1 Serial0/0/0",
        "backward begins at site lyo, forward ends at site nan",
    ),
    (
        "paths.yaml",
        "par-ce1 GigabitEthernet0/1]\n    ingress: nan-ce1 Serial0/0/0",
        "par-ce1 GigabitEthernet0/1]\n    ingress: par-ce1 GigabitEthernet0/0",
        "arrives on the device that it leaves last",
    ),
    (
        "paths.yaml",
        "[par-core1 GigabitEthernet0/1, par-ce1",
        "[par-ce1 GigabitEthernet0/1, par-ce1",
        "leaves twice by par-ce1 GigabitEthernet0/1",
    ),
    # policy
    ("policy.yaml", "low: observe", "low: propose", "nobody may approve it"),
    ("policy.yaml", "low: observe", "low: always", "mode of low 'always' is not one that is known"),
    ("policy.yaml", "low: observe", "lo: observe", "unknown key 'lo' in mode; did you mean `low`?"),
    ("policy.yaml", "Europe/Paris\n", "Europe/Pari\n", "did you mean `Europe/Paris`?"),
    ("policy.yaml", "time_zone: Europe/Paris", "", "windows have no time zone"),
    ("policy.yaml", "thu]", "thursday]", "day 'thursday' is not one that is known"),
    ("policy.yaml", '"06:00"', '"6 am"', "is not a time of day like `20:00`"),
    ("policy.yaml", '"06:00"', '"20:00"', "the window ends when it begins"),
    ("policy.yaml", "33 %", "60 %", "priority_share '60 %' is not from 1 % to 50 %"),
    ("policy.yaml", "15 min", "15", "proposal_expiry '15' has no unit"),
    ("policy.yaml", "# approvers:\n", "approvers: {low: [bob]}\n", "approver 'bob' is not `T"),
    (
        "policy.yaml",
        "# quorum: {medium: 2}\n",
        "quorum: {low: 2}\n",
        "quorum of low is 2",
    ),
    (
        "policy.yaml",
        "# quorum: {medium: 2}\n",
        "quorum: {low: 2}\napprovers: {low: [cli:ana, cli:bob, T0EXAMPLE/U0EXAMPLE]}\n",
        "quorum of low is 2, but 1 may approve it on Slack",
    ),
    (
        "policy.yaml",
        "# quorum: {medium: 2}\n",
        "quorum: {low: 0}\n",
        "quorum of low must be",
    ),
    (
        "policy.yaml",
        "# quorum: {medium: 2}\n",
        "accepted_findings: [{id: QUE-02, owner: ana, reason: known}]\n",
        "id 'QUE-02' is not twelve hex digits",
    ),
    (
        "policy.yaml",
        "# quorum: {medium: 2}\n",
        "accepted_findings: [{id: 0123456789ab, owner: ana}]\n",
        "the accepted finding has no reason",
    ),
    (
        "policy.yaml",
        "# quorum: {medium: 2}\n",
        f"accepted_findings: [{ACCEPTED}, {ACCEPTED}]\n",
        "finding 0123456789ab is accepted twice",
    ),
    ("links.yaml", "  circuit: PAR-0001\n", "  circuit: PAR-0001\n  role: a b\n", "role 'a b'"),
]


@pytest.mark.parametrize(("name", "old", "new", "words"), CASES)
def test_a_mistake_is_named_with_its_line(
    directory: Path, name: str, old: str, new: str, words: str
) -> None:
    change(directory, name, old, new)
    found = complaints(directory)
    assert any(words in complaint for complaint in found), found


def test_the_line_is_that_of_the_mistake(directory: Path) -> None:
    change(directory, "links.yaml", "rate_in: 4 Mbit/s", "rate_in: 4 Mbps")
    lines = (directory / "links.yaml").read_text().splitlines()
    line = lines.index("  rate_in: 4 Mbps") + 1
    (complaint,) = (text for text in complaints(directory) if text.startswith("links.yaml"))
    assert complaint.startswith(f"links.yaml:{line}: rate_in '4 Mbps'")


def test_all_problems_of_all_files_come_at_once(directory: Path) -> None:
    change(directory, "hosts.yaml", "hostname: 192.0.2.1\n", "hostnam: 192.0.2.1\n")
    change(directory, "links.yaml", "20 Mbit/s", "20")
    change(directory, "paths.yaml", "codec: g711", "codec: opus")
    change(directory, "policy.yaml", "15 min", "15")
    (directory / "groups.yaml").write_text("ios: [")
    named = {complaint.split(":")[0] for complaint in complaints(directory)}
    assert named == {f"{name}.yaml" for name in ("hosts", "groups", "links", "paths", "policy")}


def test_a_link_that_is_wrong_in_itself_is_not_also_missing_from_its_paths(
    directory: Path,
) -> None:
    change(directory, "links.yaml", "20 Mbit/s", "20")
    assert len(complaints(directory)) == 1


@pytest.mark.parametrize("name", ["hosts.yaml", "links.yaml", "paths.yaml"])
def test_a_required_file_that_is_missing_or_empty_is_named(directory: Path, name: str) -> None:
    (directory / name).write_text("# nothing\n")
    assert complaints(directory)[0].startswith(f"{name}: the file is empty; ")
    (directory / name).rename((directory / name).with_suffix(".yml"))
    stem = name.removesuffix(".yaml")
    assert any(f"did you mean `{stem}.yml`? rename it" in text for text in complaints(directory))


@pytest.mark.parametrize("name", ["hosts", "groups", "defaults", "links", "paths", "policy"])
@pytest.mark.parametrize("spoilt", ["a: [", "a: &b 1", "just a text", b"\xff"])
def test_a_file_that_cannot_be_read_is_the_only_problem(
    directory: Path, name: str, spoilt: str | bytes
) -> None:
    content = spoilt if isinstance(spoilt, bytes) else spoilt.encode()
    (directory / f"{name}.yaml").write_bytes(content)
    (complaint,) = complaints(directory)
    assert complaint.startswith(f"{name}.yaml:1: ")


@pytest.mark.parametrize("name", ["hosts", "links", "paths"])
def test_a_required_file_that_is_missing_is_the_only_problem(directory: Path, name: str) -> None:
    (directory / f"{name}.yaml").unlink()
    hint = "`qosbot init` writes an example of it"
    assert complaints(directory) == [f"{name}.yaml: the file is missing; {hint}"]


@pytest.mark.parametrize("name", ["hosts", "groups", "defaults", "links", "paths", "policy"])
def test_a_pipe_in_the_place_of_a_file_is_the_only_problem(directory: Path, name: str) -> None:
    (directory / f"{name}.yaml").unlink()
    os.mkfifo(directory / f"{name}.yaml")
    assert complaints(directory) == [f"{name}.yaml: is not a file; put a file of text there"]


def test_what_is_wrong_in_itself_is_said_beside_a_file_that_cannot_be_read(
    directory: Path,
) -> None:
    (directory / "groups.yaml").write_text("ios: [")
    (directory / "links.yaml").write_text("- [")
    change(directory, "hosts.yaml", "[ios, par]", "[ios, par, ios]")
    change(directory, "paths.yaml", "ingress: nan-ce1 Serial0/0/0", "ingress: nan-ce1")
    found = [complaint for complaint in complaints(directory) if "is not YAML" not in complaint]
    assert len(found) == 2
    assert "group ios is named twice" in found[0]
    assert "write `DEVICE INTERFACE`" in found[1]


@pytest.mark.parametrize(
    ("stray", "meant"),
    [
        ("link.yaml", "links.yaml"),
        ("hosts.yml", "hosts.yaml"),
        ("Policy.yaml", "policy.yaml"),
        ("default.yml", "defaults.yaml"),
    ],
)
def test_a_file_whose_name_is_nearly_one_that_is_read_is_named(
    directory: Path, stray: str, meant: str
) -> None:
    (directory / stray).touch()
    assert complaints(directory) == [f"{stray}: not read; did you mean {meant}?"]


@pytest.mark.parametrize("name", ["paths-old.yaml", ".links.yaml.swp", "links.yaml~", "sites.yaml"])
def test_a_file_with_another_name_is_nobodys_business(directory: Path, name: str) -> None:
    (directory / name).touch()
    assert load(directory).paths


def test_two_devices_behind_one_ssh_port_are_named_although_their_agents_differ(
    directory: Path,
) -> None:
    change(directory, "hosts.yaml", "hostname: 192.0.2.1\n", "hostname: R.example.net\n")
    community = "${file:../.qosbot/lab/snmp_community}"
    snmp = f"snmp: {{version: 2c, community: '{community}', port: 1161}}"
    other = f"hostname: r.example.net.\n  data: {{{snmp}}}\n"
    change(directory, "hosts.yaml", "hostname: 192.0.2.2\n", other)
    (complaint,) = complaints(directory)
    assert "has the address and SSH port of par-core1" in complaint


def test_groups_defaults_and_policy_may_be_empty(directory: Path) -> None:
    (directory / "policy.yaml").write_text("# nothing\n")
    assert load(directory).paths
    (directory / "groups.yaml").write_text("")
    assert not any("groups.yaml" in complaint for complaint in complaints(directory))


def test_a_device_may_be_named_by_digits_in_quotes(directory: Path) -> None:
    change(
        directory, "hosts.yaml", "lil-ce1:", '"17":\n  hostname: h\n  groups: [ios, par]\nlil-ce1:'
    )
    assert load(directory).devices["17"].name == "17"


def test_alternatives_are_one_hop(directory: Path) -> None:
    hop = "{any_of: [par-ce1 GigabitEthernet0/1, par-ce1 GigabitEthernet0/0]}"
    change(directory, "paths.yaml", "par-ce1 GigabitEthernet0/1]", f"{hop}]")
    assert len(load(directory).paths["par-lyo"].forward.egress[1].any_of) == 2


def test_a_device_without_credentials_is_only_polled(directory: Path) -> None:
    change(directory, "defaults.yaml", "username: qosbot", "# username: qosbot")
    change(directory, "defaults.yaml", "password:", "# password:")
    assert load(directory).devices["par-ce1"].ssh is None


def test_whoever_may_approve_may_be_asked(directory: Path) -> None:
    people = "approvers: {low: [cli:alice, T0EXAMPLE/U0EXAMPLE, T0EXAMPLE/S0EXAMPLE]}\n"
    change(directory, "policy.yaml", "# approvers:\n", people)
    change(directory, "policy.yaml", "low: observe", "low: propose")
    assert len(load(directory).policy.approvers.values()) == 3


def test_groups_that_multiply_are_refused_and_not_walked(directory: Path) -> None:
    pairs = [
        f"{side}{level}: {{groups: [a{level - 1}, b{level - 1}]}}\n"
        for level in range(1, 40)
        for side in "ab"
    ]
    with (directory / "groups.yaml").open("a") as groups:
        groups.write("a0: {}\nb0: {}\n" + "".join(pairs))
    assert "inherits from more than 100 groups" in complaints(directory)[0]


def test_a_mapping_of_endpoints_with_nonsense_is_a_problem(directory: Path) -> None:
    lab = directory.parent / ".qosbot" / "lab" / "lab.json"
    for text in ("", "[]", "{", '{"devices": 1}', "[" * 100_000, '{"devices": {"a": {"ssh": 1}}}'):
        lab.write_text(text)
        assert len(complaints(directory)) == 1, text[:20]
    lab.write_bytes(b"\xff")
    assert "is not UTF-8" in complaints(directory)[0]


def test_a_group_may_be_large_enough_for_a_quorum(directory: Path) -> None:
    people = "approvers: {low: [T0EXAMPLE/S0EXAMPLE], medium: [cli:a, cli:b]}\n"
    change(directory, "policy.yaml", "# approvers:\n", people)
    change(directory, "policy.yaml", "# quorum: {medium: 2}\n", "quorum: {low: 2, medium: 2}\n")
    assert load(directory).policy.quorum == {Risk.LOW: 2, Risk.MEDIUM: 2}
