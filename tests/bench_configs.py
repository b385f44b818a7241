"""Configurations of routers to be timed: one of a branch, and one with a policy on every port."""

from collections.abc import Iterator


def dense_config(lines: int, number: int) -> str:
    """Return a configuration of so many lines, most of them ports that queue on the way out.

    No branch has as many: it is the worst case, since nearly every rule has an answer for every
    place where a policy is at work.
    """
    text = [f"hostname r{number}", "ip cef"]
    for i in range(12):
        text += [f"class-map match-any C{i}", f" match dscp {8 + i}", " match access-group name A"]
    for i in range(6):
        text += [f"policy-map CHILD{i}", " class C0", "  priority percent 20"]
        for j in range(1, 5):
            text += [f" class C{j}", f"  bandwidth percent {5 + j}"]
        text += [" class class-default", "  fair-queue"]
        text += [f"policy-map P{i}", " class class-default", f"  shape average {9 + i}000000"]
        text += [f"  service-policy CHILD{i}"]
    text += ["ip access-list extended A"]
    text += [f" permit udp any any range {16384 + i} 32767" for i in range(60)]
    for i in range(40):
        text += [f"dial-peer voice {i + 1} voip", f" destination-pattern {i}...", " codec g711ulaw"]
        text += [" session target ipv4:192.0.2.9", " dtmf-relay rtp-nte", " no vad", "!"]
    port = 0
    while len(text) < lines - 1:
        text += [f"interface GigabitEthernet0/{port}", f" description port {port}"]
        text += [f" ip address 10.{number % 200}.{port % 250}.1 255.255.255.0", " duplex full"]
        text += [f" service-policy output P{port % 6}", " bandwidth 10000", "!"]
        port += 1
    return "\n".join([*text[: lines - 1], "end"])


def branch_config(lines: int, number: int) -> str:
    """Return a configuration of so many lines as a branch's voice router has them.

    Two uplinks with queues, ports and VLANs of users and phones, a tunnel, dial-peers; the rest
    is what fills such a file: access lists, routes, phones, crypto, management.
    """
    site = number % 200
    text = [*_system(number), *_classes(), *_policies(site), *_ports(site), *_legs(site)]
    text += [*_probes(site), *_routing(site), *_management(site)]
    if len(text) > lines - 1:
        raise ValueError(f"a branch has {len(text) + 1} lines at least")
    text += _phones(site, lines - 1 - len(text))
    return "\n".join([*text, "end"])


def _system(number: int) -> Iterator[str]:
    yield from ("version 15.7", "service timestamps log datetime msec localtime show-timezone")
    yield from ("service password-encryption", "!", f"hostname branch{number}", "!")
    yield from ("boot-start-marker", "boot-end-marker", "!", "logging buffered 64000", "!")
    yield from ("aaa new-model", "!", "aaa authentication login default group tacacs+ local")
    yield from ("aaa authorization exec default group tacacs+ if-authenticated", "!")
    yield from ("clock timezone CET 1 0", "ip cef", "no ip source-route", "ipv6 unicast-routing")
    for vlan in (10, 20, 30):
        yield from (f"ip dhcp pool VLAN{vlan}", f" network 10.{number % 200}.{vlan}.0 /24")
        yield from (f" default-router 10.{number % 200}.{vlan}.1", " dns-server 10.255.0.53")
        yield from (" option 150 ip 10.255.0.69", " lease 2", "!")
    yield from ("archive", " path flash:archive", " maximum 14", " write-memory", "!")


def _classes() -> Iterator[str]:
    """Yield six classes for the way out and three for the way in."""
    for name, *matches in (
        ("VOICE", "match dscp ef"),
        ("VIDEO", "match dscp af41 af42", "match access-group name VIDEO"),
        ("SIGNALLING", "match dscp cs3 af31", "match access-group name SIGNALLING"),
        ("ROUTING", "match dscp cs6", "match protocol bgp"),
        ("BUSINESS", "match dscp af21 af22", "match access-group name BUSINESS"),
        ("SCAVENGER", "match dscp cs1"),
        ("RTP-IN", "match access-group name RTP"),
        ("SIGNALLING-IN", "match access-group name SIGNALLING"),
        ("BUSINESS-IN", "match access-group name BUSINESS"),
    ):
        yield f"class-map match-any {name}"
        yield from (f" {match}" for match in matches)


def _contract(site: int) -> int:
    """Return how many times the smallest contract a site has: eight sizes are sold."""
    return 1 + site % 8


def _policies(site: int) -> Iterator[str]:
    for name, rate in (("PRIMARY", 9_500_000), ("BACKUP", 3_800_000)):
        yield from (f"policy-map QUEUES-{name}", " class VOICE", "  priority percent 25")
        for held, percent in (("VIDEO", 15), ("SIGNALLING", 5), ("ROUTING", 3), ("BUSINESS", 25)):
            yield from (f" class {held}", f"  bandwidth percent {percent}")
        yield from (" class SCAVENGER", "  bandwidth percent 1", "  queue-limit 32 packets")
        yield from (" class class-default", "  fair-queue", "  random-detect dscp-based")
        yield from (
            f"policy-map WAN-{name}",
            " class class-default",
            f"  shape average {rate * _contract(site)}",
        )
        yield f"   service-policy QUEUES-{name}"
    yield from ("policy-map LAN-IN", " class RTP-IN", "  set dscp ef", "  police cir 1024000")
    yield from ("   conform-action transmit", "   exceed-action drop", " class SIGNALLING-IN")
    yield from ("  set dscp cs3", " class BUSINESS-IN", "  set dscp af21", " class class-default")
    yield from ("  set dscp default", "!")


def _ports(site: int) -> Iterator[str]:
    yield from ("interface Loopback0", f" ip address 10.254.{site}.1 255.255.255.255", "!")
    yield from ("interface Tunnel0", f" bandwidth {9500 * _contract(site)}")
    yield f" ip address 10.253.{site}.2 255.255.0.0"
    yield from (" ip nhrp network-id 1", " qos pre-classify", " tunnel mode gre multipoint")
    yield from (" tunnel source GigabitEthernet0/0", " tunnel protection ipsec profile DMVPN", "!")
    for port, (name, rate) in enumerate((("PRIMARY", 10_000), ("BACKUP", 4_000))):
        yield from (f"interface GigabitEthernet0/{port}", f" description {name} circuit {site}")
        yield from (
            f" bandwidth {rate * _contract(site)}",
            f" ip address 198.51.{100 + port}.2 255.255.255.252",
        )
        yield from (" ip access-group OUTSIDE-IN in", " ip nat outside", " load-interval 30")
        yield from (" duplex auto", " speed auto", f" service-policy output WAN-{name}", "!")
    yield from ("interface GigabitEthernet0/2", " no ip address", " duplex auto", " speed 100", "!")
    for vlan, what in ((10, "data"), (20, "voice"), (30, "printers"), (40, "guests")):
        yield from (f"interface GigabitEthernet0/2.{vlan}", f" description {what}")
        yield from (f" encapsulation dot1Q {vlan}", f" ip address 10.{site}.{vlan}.1 255.255.255.0")
        yield from (" ip helper-address 10.255.0.67", " ip nat inside")
        yield from (" service-policy input LAN-IN", "!")
    for port in range(16):
        yield from (f"interface GigabitEthernet1/0/{port}", f" description desk {port}")
        yield from (" switchport access vlan 10", " switchport voice vlan 20")
        yield from (" spanning-tree portfast", "!")


def _legs(site: int) -> Iterator[str]:
    yield from ("voice class codec 1", " codec preference 1 g711alaw", " codec preference 2 g729r8")
    yield "!"
    for port in range(4):
        yield from (f"voice-port 0/1/{port}", " cptone FR", f" description line {port}", "!")
        yield from (f"dial-peer voice {900 + port} pots", f" destination-pattern 0{port}T")
        yield from (f" port 0/1/{port}", "!")
    for leg in range(24):
        yield from (f"dial-peer voice {100 + leg} voip", f" description region {leg}")
        yield from (f" destination-pattern {20 + leg}{site:03}.", " session protocol sipv2")
        yield from (f" session target ipv4:10.255.1.{leg % 4 + 1}", " voice-class codec 1")
        yield from (" dtmf-relay rtp-nte", " max-conn 12", " no vad", "!")


def _probes(site: int) -> Iterator[str]:
    for probe in (1, 2):
        yield from (f"ip sla {probe}", f" udp-jitter 10.255.2.{probe} 16384 codec g711alaw")
        yield from (" tos 184", f" tag branch{site}", " frequency 60")
        yield f"ip sla schedule {probe} life forever start-time now"
    yield from ("ip sla responder", "track 1 ip sla 1 reachability", "!")


def _routing(site: int) -> Iterator[str]:
    yield from ("router ospf 1", f" router-id 10.254.{site}.1", " passive-interface default")
    yield from (" no passive-interface Tunnel0", f" network 10.{site}.0.0 0.0.255.255 area 0", "!")
    yield from (f"router bgp {64600 + site}", " bgp log-neighbor-changes")
    yield from (" neighbor 198.51.100.1 remote-as 64500", " address-family ipv4")
    yield from (f"  network 10.{site}.0.0 mask 255.255.0.0", "  neighbor 198.51.100.1 activate")
    yield from (" exit-address-family", "!")
    yield from (f"ip route 10.{100 + i}.0.0 255.255.0.0 10.253.0.1 {i + 1}" for i in range(40))
    yield from ("ip access-list extended RTP", " permit udp any any range 16384 32767")
    yield from ("ip access-list extended SIGNALLING", " permit tcp any any range 2000 2002")
    yield from (" permit tcp any any eq 5060", " permit udp any any eq 5060")
    yield from ("ip access-list extended VIDEO", " permit udp any 10.255.3.0 0.0.0.255")
    yield "ip access-list extended BUSINESS"
    yield from (f" permit tcp any host 10.255.4.{i} eq 1433" for i in range(40))
    yield "ip access-list extended OUTSIDE-IN"
    yield from (f" permit esp host 203.0.113.{i} any" for i in range(40))
    yield from (f" permit udp host 203.0.113.{i} any eq isakmp" for i in range(40))
    yield from (" deny ip any any log", "!")


def _management(site: int) -> Iterator[str]:
    yield from (f"access-list 10 permit 10.255.5.{i}" for i in range(12))
    yield from ("snmp-server community hidden RO 10", f"snmp-server location branch {site}")
    yield from (f"logging host 10.255.6.{i}" for i in range(3))
    yield from (f"ntp server 10.255.7.{i}" for i in range(3))
    yield from ("tacacs-server host 10.255.8.1", "!", "banner motd ^C", "Authorised use only.")
    yield from ("^C", "!", "line con 0", " logging synchronous", "line vty 0 4")
    yield from (" access-class 10 in", " transport input ssh", "!")


def _phones(site: int, lines: int) -> list[str]:
    """Return so many lines about phones, which are the most of a branch's file."""
    text: list[str] = []
    phone = 0
    while len(text) < lines:
        phone += 1
        text += [f"ephone-dn {phone} dual-line", f" number 7{site:03}{phone:02}"]
        text += [f" label desk {phone}", f" name Desk {phone}", "!", f"ephone {phone}"]
        text += [f" mac-address 0011.2233.{phone:04}", f" button 1:{phone}", " type 7962", "!"]
    return text[:lines]
