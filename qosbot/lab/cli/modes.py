"""The configuration modes and the commands that each knows, in the order IOS shows them."""

from collections.abc import Mapping

from qosbot.lab.cli import spelling
from qosbot.lab.cli.rules import (
    Mode,
    Rule,
    by_interface,
    by_number,
    by_words,
    default_class_last,
)


def _verbatim(*heads: str) -> list[Rule]:
    return [Rule(spec=f"{head} <line> /", verbatim=True) for head in heads]


def _switches(*heads: str) -> list[Rule]:
    return [Rule(spec=f"{head} /", shows_no=True, spell=spelling.quiet(head)) for head in heads]


_NUMBER = "<1-2147483647>"
_ADDRESS = "(any|host <ip>|<ip> <ip>)"
_PORTS = "[(eq|gt|lt|neq) <port>|range <port> <port>]"
_PROTOCOL = "(ahp|eigrp|esp|gre|icmp|igmp|ip|ipinip|ospf|pim|tcp|udp|<0-255>)"
_OPTIONS = (
    "[{dscp <dscp>|precedence <precedence>|established|log|log-input|fragments|time-range <word>"
    "|echo|echo-reply|unreachable|time-exceeded|ttl-exceeded|packet-too-big}]"
)
_EXTENDED = f"(permit|deny) {_PROTOCOL} {_ADDRESS} {_PORTS} {_ADDRESS} {_PORTS} {_OPTIONS}"
_STANDARD = "(permit|deny) (any|host <ip>|<ip> [<ip>]) [log]"
_ACTION = (
    "(transmit|drop|set-dscp-transmit <dscp>|set-prec-transmit <precedence>"
    "|set-cos-transmit <0-7>|set-qos-transmit <0-99>)"
)
_RATE = "<8000-100000000000>"
_BURST = "<1000-2000000000>"
_DIAL_CODEC = (
    "(clear-channel|g711alaw|g711ulaw|g722-64|g723ar53|g723ar63|g726r32|g728|g729br8|g729r8|ilbc"
    "|isac|opus|transparent)"
)

_INTERFACE = Mode("config-if", [
    Rule(spec="description / <line>"),
    Rule(spec="mtu / <64-18000>", spell=spelling.quiet("mtu 1500")),
    Rule(spec="bandwidth / <1-10000000>"),
    Rule(spec="encapsulation / (hdlc|ppp|frame-relay|dot1Q <1-4094> [native])",
         spell=spelling.quiet("encapsulation hdlc")),
    Rule(spec="vrf forwarding / <word>"),
    Rule(spec="ip address / (<ip> <ip>|dhcp|negotiated)"),
    Rule(spec="ip address <ip> <ip> secondary /"),
    Rule(spec="ip unnumbered / <interface>"),
    Rule(spec="ip access-group (<word>|<1-2699>) (in|out) /"),
    *_switches("ip redirects", "ip unreachables", "ip proxy-arp"),
    Rule(spec="ip flow (ingress|egress) /"),
    Rule(spec="ip nbar protocol-discovery /"),
    Rule(spec="ip nat (inside|outside) /"),
    Rule(spec="ip virtual-reassembly [in|out] /"),
    Rule(spec="ip tcp adjust-mss / <500-1460>"),
    Rule(spec="ip ospf (<1-65535> area <0-4294967295>|cost <1-65535>|network <word>) /"),
    Rule(spec="ip policy route-map / <word>"),
    Rule(spec="load-interval / <30-600>", spell=spelling.quiet("load-interval 300")),
    Rule(spec="delay / <1-16777215>"),
    Rule(spec="shutdown /"),
    Rule(spec="duplex / (auto|full|half)", spell=spelling.quiet("duplex auto")),
    Rule(spec="speed / (auto|10|100|1000)", spell=spelling.quiet("speed auto")),
    Rule(spec="negotiation auto /"),
    Rule(spec="clock rate / <1200-8000000>"),
    Rule(spec="tunnel (source|destination) / (<ip>|<interface>)"),
    Rule(spec="keepalive / <0-32767>"),
    *_switches("cdp enable", "keepalive"),
    Rule(spec="tx-ring-limit / <1-32767>"),
    Rule(spec="max-reserved-bandwidth / <1-100>",
         spell=spelling.quiet("max-reserved-bandwidth 75")),
    Rule(spec="hold-queue <0-240000> (in|out) /"),
    Rule(spec="service-policy input / <word>"),
    Rule(spec="service-policy output / <word>"),
])  # fmt: skip

_CLASS_MAP = Mode("config-cmap", [
    Rule(spec="description / <line>"),
    Rule(spec="match [not] [ip] (dscp {<dscp>}|precedence {<precedence>}) /",
         spell=spelling.value_list, group="match"),
    Rule(spec="match [not] cos {<0-7>} /", spell=spelling.value_list, group="match"),
    Rule(spec="match [not] access-group (name <word>|<1-2699>) /", group="match"),
    Rule(spec="match [not] protocol (<word>|rtp (audio|video|payload-type <word>)) /",
         group="match"),
    Rule(spec="match [not] (any|class-map <word>|input-interface <interface>|qos-group <0-99>"
              "|discard-class <0-7>|vlan <1-4094>|ip rtp <2000-65535> <0-16383>"
              "|packet length (min <1-2000>|max <1-2000>|min <1-2000> max <1-2000>)) /",
         group="match"),
])  # fmt: skip

_POLICY_MAP = Mode(
    "config-pmap",
    [
        Rule(spec="description / <line>"),
        Rule(
            spec="class <word> / [insert-before <word>]",
            enters="config-pmap-c",
            key=default_class_last,
            spell=spelling.policy_class,
        ),
    ],
)

_POLICY_CLASS = Mode("config-pmap-c", [
    Rule(spec="priority / [level <1-4>] [percent <1-100> [<32-2000000>]"
              "|<8-10000000> [<32-2000000>]]"),
    Rule(spec="bandwidth / (percent <1-100>|remaining (percent <1-100>|ratio <1-1000>)"
              "|<8-10000000>)"),
    Rule(spec="shape / (average|peak) (percent <1-100>|<8000-10000000000> [<256-154400000>"
              " [<0-154400000>]])"),
    Rule(spec="fair-queue / [<16-4096>]"),
    Rule(spec="queue-limit / <1-8192000> [packets|bytes|ms|us]", spell=spelling.queue_limit),
    Rule(spec="random-detect / [dscp-based|precedence-based]"),
    Rule(spec="random-detect (dscp <dscp>|precedence <precedence>) / <1-32768> <1-32768>"
              " [<1-65536>]"),
    Rule(spec=f"police / ([cir] {_RATE}|[cir] percent <1-100>|rate {_RATE} [bps]) [[bc] {_BURST}]"
              f" [[be] {_BURST}] [pir {_RATE} [be {_BURST}]] [conform-action {_ACTION}]"
              f" [exceed-action {_ACTION}] [violate-action {_ACTION}]",
         enters="config-pmap-c-police", spell=spelling.police),
    Rule(spec="set [ip] (dscp / <dscp>|precedence / <precedence>)"),
    Rule(spec="set (cos / <0-7>|qos-group / <0-99>|discard-class / <0-7>)"),
    Rule(spec="drop /"),
    Rule(spec="service-policy / <word>", indent=2),
])  # fmt: skip

_POLICE = Mode(
    "config-pmap-c-police",
    [
        Rule(spec=f"conform-action / {_ACTION}", indent=2),
        Rule(spec=f"exceed-action / {_ACTION}", indent=2),
        Rule(spec=f"violate-action / {_ACTION}", indent=2),
    ],
)

_JITTER = (
    "udp-jitter / <host> <1-65535> [{source-ip <host>|source-port <1-65535>"
    "|control (enable|disable)|codec (g711alaw|g711ulaw|g729a)|codec-numpackets <1-60000>"
    "|codec-size <16-1500>|codec-interval <1-60000>|advantage-factor <0-20>"
    "|num-packets <1-60000>|interval <4-60000>}]"
)
_IP_SLA = Mode("config-ip-sla", [
    Rule(spec=_JITTER, becomes="config-ip-sla-jitter", spell=spelling.udp_jitter),
    Rule(spec="icmp-echo / <host> [source-ip <host>|source-interface <interface>]",
         becomes="config-ip-sla-echo"),
])  # fmt: skip

_SLA_COMMON = [
    Rule(spec="request-data-size / <16-16384>"),
    Rule(spec="tos / <0-255>", spell=spelling.quiet("tos 0")),
    Rule(spec="verify-data /"),
    Rule(spec="vrf / <word>"),
    Rule(spec="precision / (microseconds|milliseconds)",
         spell=spelling.quiet("precision milliseconds")),
    Rule(spec="owner / <line>"),
    Rule(spec="tag / <line>"),
    Rule(spec="threshold / <0-60000>", spell=spelling.quiet("threshold 5000")),
    Rule(spec="timeout / <0-604800000>", spell=spelling.quiet("timeout 5000")),
    Rule(spec="frequency / <1-604800>", spell=spelling.quiet("frequency 60")),
]  # fmt: skip
_IP_SLA_JITTER = Mode("config-ip-sla-jitter", [_IP_SLA.rules[0], *_SLA_COMMON])
_IP_SLA_ECHO = Mode("config-ip-sla-echo", [_IP_SLA.rules[1], *_SLA_COMMON])

_ARCHIVE = Mode(
    "config-archive",
    [
        Rule(spec="log config /", enters="config-archive-log-cfg"),
        Rule(spec="path / <word>"),
        Rule(spec="maximum / <1-14>", spell=spelling.quiet("maximum 10")),
        Rule(spec="write-memory /"),
        Rule(spec="time-period / <1-525600>"),
    ],
)
_ARCHIVE_LOG = Mode("config-archive-log-cfg", [
    Rule(spec="logging enable /"), Rule(spec="logging size / <1-1000>"),
    Rule(spec="hidekeys /"), Rule(spec="notify syslog /"),
])  # fmt: skip

_REMARK = Rule(spec="[<1-2147483647>] remark <line> /", spell=spelling.access_entry, group="entry")
_EXTENDED_LIST = Mode("config-ext-nacl", [
    Rule(spec=f"[{_NUMBER}] {_EXTENDED} /", spell=spelling.access_entry, group="entry"), _REMARK,
])  # fmt: skip
_STANDARD_LIST = Mode("config-std-nacl", [
    Rule(spec=f"[{_NUMBER}] {_STANDARD} /", spell=spelling.access_entry, group="entry"), _REMARK,
])  # fmt: skip

_VOICE_CLASS = Mode(
    "config-class",
    [
        Rule(spec=f"codec preference <1-14> / {_DIAL_CODEC} [bytes <10-240>]", key=by_number),
    ],
)
_DIAL_PEER = Mode("config-dial-peer", [
    Rule(spec="description / <line>"),
    Rule(spec="preference / <0-10>", spell=spelling.quiet("preference 0")),
    *_switches("huntstop"),
    Rule(spec="max-conn / <1-2147483647>"),
    Rule(spec="destination-pattern / <word>"),
    Rule(spec="shutdown /"),
    Rule(spec="session protocol / (sipv2|cisco)", spell=spelling.quiet("session protocol cisco")),
    Rule(spec="session target / <word>"),
    Rule(spec="session transport / (tcp|udp)"),
    Rule(spec="incoming called-number / <word>"),
    Rule(spec="voice-class codec / <1-10000> [offer-all]"),
    Rule(spec="voice-class sip <line> /", verbatim=True),
    Rule(spec="dtmf-relay / {rtp-nte|sip-notify|h245-alphanumeric|h245-signal|cisco-rtp}"),
    Rule(spec=f"codec / {_DIAL_CODEC} [bytes <10-240>]", spell=spelling.quiet("codec g729r8")),
    Rule(spec="fax <line> /", verbatim=True),
    Rule(spec="ip qos dscp <dscp> / (media|signaling)",
         spell=spelling.quiet("ip qos dscp ef media", "ip qos dscp af31 signaling")),
    Rule(spec="port / <word>"),
    Rule(spec="forward-digits / (all|<0-32>)"),
    *_switches("vad"),
])  # fmt: skip

_LINE = Mode("config-line", [
    *_verbatim("exec-timeout", "session-timeout", "access-class", "privilege", "password",
               "logging", "history", "length", "width", "authorization", "accounting",
               "transport", "stopbits", "speed"),
    Rule(spec="login / [local|authentication <word>]"),
    *_switches("exec"),
])  # fmt: skip
_APPLET = Mode("config-applet", _verbatim("description", "event", "trigger", "action"))
_ROUTER = Mode("config-router", _verbatim(
    "router-id", "bgp", "network", "passive-interface", "neighbor", "redistribute", "timers",
    "default-information", "maximum-paths", "distance", "auto-cost", "address-family", "version",
))  # fmt: skip
_ROUTE_MAP = Mode("config-route-map", _verbatim("description", "match", "set", "continue"))

_BEFORE = [
    Rule(spec="version / <word>"),
    *_verbatim("service"),
    Rule(spec="hostname / <word>"),
    Rule(spec="boot-start-marker /"),
    Rule(spec="boot-end-marker /"),
    *_verbatim("security", "logging buffered", "logging rate-limit", "logging console", "enable",
               "aaa", "clock"),
    *_switches("ip source-route", "ip domain lookup", "ip gratuitous-arps", "ip bootp server"),
    *[Rule(spec=f"{head} /") for head in ("ip cef", "aaa new-model", "ipv6 unicast-routing",
                                          "ipv6 cef", "multilink bundle-name authenticated")],
    *_verbatim("ip domain name", "ip domain-name", "ip name-server", "ip vrf"),
    Rule(spec="voice class codec <1-10000> /", enters="config-class", key=by_number, apart=True),
    *_verbatim("username", "license"),
    Rule(spec="archive /", enters="config-archive"),
    *_verbatim("track", "ip tftp", "ip ftp", "ip tcp", "ip telnet", "ip ssh"),
]  # fmt: skip

_AFTER = [
    Rule(spec="router (ospf <1-65535>|eigrp <word>|bgp <1-4294967295>|rip) /",
         enters="config-router", apart=True),
    *_verbatim("ip forward-protocol"),
    Rule(spec="ip http server /", shows_no=True),
    Rule(spec="ip http secure-server /", shows_no=True),
    Rule(spec="ip route <line> /", verbatim=True),
    Rule(spec="ip access-list standard <word> /", enters="config-std-nacl", key=by_words),
    Rule(spec="ip access-list extended <word> /", enters="config-ext-nacl", key=by_words),
    Rule(spec="ip sla responder /"),
    Rule(spec=f"ip sla {_NUMBER} /", enters="config-ip-sla", group="sla", key=by_number),
    Rule(spec=f"ip sla schedule {_NUMBER} / {{life (forever|<0-2147483647>)|ageout <0-2073600>"
              "|recurring|start-time (now|pending|after <word>|<word>)}",
         spell=spelling.schedule, group="sla", key=by_number),
    *_verbatim("ip sla reaction-configuration"),
    *_verbatim("logging"),
    Rule(spec="route-map <word> [permit|deny] [<0-65535>] /", enters="config-route-map",
         apart=True),
    *_verbatim("snmp-server"),
    Rule(spec=f"access-list <100-199> {_EXTENDED} /", spell=spelling.numbered_access,
         group="access", key=by_number),
    Rule(spec=f"access-list <1-99> {_STANDARD} /", spell=spelling.numbered_access,
         group="access", key=by_number),
    Rule(spec="access-list <1-199> remark <line> /", group="access", key=by_number),
    Rule(spec="access-list <1-199> /", only_removed=True),
    Rule(spec="control-plane /"),
    Rule(spec="dial-peer voice <1-2147483647> (voip|pots) /", enters="config-dial-peer",
         key=by_number, apart=True),
    Rule(spec="line (con <0-0>|aux <0-0>|vty <0-15> [<0-15>]) /", enters="config-line"),
    Rule(spec="scheduler allocate / <word> <word>"),
    Rule(spec="ntp source / <interface>"),
    Rule(spec="ntp master / [<1-15>]"),
    *_verbatim("ntp"),
    Rule(spec="event manager applet <word> /", enters="config-applet", apart=True),
]  # fmt: skip

GLOBAL = Mode("config", [
    *_BEFORE,
    Rule(spec="class-map [match-all|match-any] <word> /", enters="config-cmap",
         spell=spelling.class_map),
    Rule(spec="policy-map <word> /", enters="config-pmap"),
    Rule(spec="interface (<interface>|<kind> <unit>) /", enters="config-if", key=by_interface,
         spell=spelling.named_interface, apart=True),
    *_AFTER,
])  # fmt: skip

MODES: Mapping[str, Mode] = {
    mode.name: mode
    for mode in (
        GLOBAL, _INTERFACE, _CLASS_MAP, _POLICY_MAP, _POLICY_CLASS, _POLICE, _IP_SLA,
        _IP_SLA_JITTER, _IP_SLA_ECHO, _ARCHIVE, _ARCHIVE_LOG, _EXTENDED_LIST, _STANDARD_LIST,
        _VOICE_CLASS, _DIAL_PEER, _LINE, _APPLET, _ROUTER, _ROUTE_MAP,
    )
}  # fmt: skip
