import pytest

from qosbot.domain.audit.findings import Severity
from tests.domain.audit.judged import PORT, altered, audited, findings, unjudged

EF = " match dscp ef"
RTP = "ip access-list extended RTP\n permit udp any any range 16384 32767\n"
TUNNEL = (
    "interface Tunnel0\n ip address 198.51.100.1 255.255.255.252\n"
    " tunnel source GigabitEthernet0/1\n tunnel destination 203.0.113.9\n"
)
BY_PORTS = RTP + altered((EF, " match access-group name RTP"))
BY_DSCP = altered()


def test_ports_inside_a_tunnel_are_not_seen_outside() -> None:
    (found,) = findings("MRK-09", BY_PORTS + TUNNEL)
    assert (found.where, found.severity) == ("interface Tunnel0", Severity.MEDIUM)
    assert "tunnel source GigabitEthernet0/1" in found.evidence
    assert "match access-group name RTP" in found.evidence


@pytest.mark.parametrize("source", ["GigabitEthernet0/1", "192.0.2.1", "GigabitEthernet0/1.5"])
def test_the_source_says_where_a_tunnel_leaves(source: str) -> None:
    text = TUNNEL.replace("source GigabitEthernet0/1", f"source {source}")
    part = "interface GigabitEthernet0/1.5\n encapsulation dot1Q 5\n"
    assert findings("MRK-09", BY_PORTS + part + text)


@pytest.mark.parametrize(
    "text",
    [
        BY_PORTS + TUNNEL + " qos pre-classify\n",
        BY_DSCP + TUNNEL,
        BY_PORTS + TUNNEL + " shutdown\n",
        BY_PORTS
        + TUNNEL.replace("GigabitEthernet0/1", "GigabitEthernet0/2")
        + "interface GigabitEthernet0/2\n",
        BY_PORTS.replace("udp any any range 16384 32767", "esp any any") + TUNNEL,
        BY_PORTS.replace("udp any any range 16384 32767", "ip any any dscp ef") + TUNNEL,
        BY_PORTS,
    ],
)
def test_what_is_copied_classified_before_or_elsewhere_is_seen(text: str) -> None:
    assert not findings("MRK-09", text)
    assert "MRK-09" in audited(text).passed


def test_a_policy_on_the_tunnel_itself_sees_what_is_inside() -> None:
    text = BY_PORTS.replace(" service-policy output SHAPER\n", "")
    assert not findings("MRK-09", text + TUNNEL + " service-policy output SHAPER\n")


def test_where_a_tunnel_from_a_loopback_leaves_is_not_known() -> None:
    loop = TUNNEL.replace("source GigabitEthernet0/1", "source Loopback0")
    text = BY_PORTS + "interface Loopback0\n ip address 192.0.2.5 255.255.255.255\n" + loop
    assert [one.where for one in unjudged("MRK-09", text)] == ["interface Tunnel0"]


def test_a_crypto_map_hides_ports_from_its_own_interface() -> None:
    vpn = "crypto map VPN 10 ipsec-isakmp\n set peer 203.0.113.9\n"
    text = BY_PORTS + " crypto map VPN\n"
    (found,) = findings("MRK-09", vpn + text)
    assert found.where == f"{PORT} > crypto map VPN"
    assert not findings("MRK-09", vpn + " qos pre-classify\n" + text)
    assert not findings("MRK-09", vpn + BY_DSCP + " crypto map VPN\n")
