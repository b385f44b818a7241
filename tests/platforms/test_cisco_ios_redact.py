"""A secret never survives redaction, in whatever form IOS writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.platforms.cisco_ios.redact import MASK, redact
from tests.needs import SHARED, needs
from tests.platforms.ios_golden import BRANCH

FORMS = """\
enable secret 5 {}
enable secret {}
enable secret level 7 9 {}
enable password 7 {}
enable password {}
username noc password 0 {}
username noc privilege 15 secret 8 {}
username noc privilege 15 secret 9 {}
username noc secret 5 {}
username noc view ops password 7 {}
snmp-server community {} RO 10
snmp-server community {} view ALL RW ipv6 V6 10
snmp-server host 10.0.0.1 {}
snmp-server host 10.0.0.1 version 2c {} cpu envmon
snmp-server host 10.0.0.1 vrf MGMT informs version 2c {} udp-port 1162
snmp-server host 10.0.0.1 traps version 3 priv {}
snmp-server user ops OPS v3 auth sha {} priv aes 128 other
snmp-server user ops OPS v3 auth md5 other priv des {}
snmp-server user ops OPS v3 encrypted auth md5 {}
snmp-server user ops OPS remote 10.0.0.1 v3 auth sha {}
tacacs-server key {}
tacacs-server key 7 {}
tacacs-server host 10.0.0.1 single-connection key {}
tacacs server ONE
 key 7 {}
 key {}
radius-server key {}
radius-server host 10.0.0.1 auth-port 1812 acct-port 1813 key 7 {}
radius server ONE
 pac key 7 {}
 client 10.10.10.10 server-key {}
 client 10.10.10.10 server-key 7 {}
 server-private 10.0.0.1 key {}
key chain EIGRP
 key 1
  key-string 7 {}
  key-string {}
crypto isakmp key {} address 0.0.0.0
crypto isakmp key 6 {} hostname peer
crypto isakmp client configuration group VPN
 key {}
crypto keyring RING
 pre-shared-key address 192.0.2.1 key {}
 pre-shared-key local {}
 pre-shared-key 6 {}
 authentication local pre-share key {}
 set session-key inbound esp 300 cipher {} authenticator 01
 set session-key inbound ah 300 {}
line vty 0 4
 password {}
 password 7 {}
interface Dialer1
 ppp chap password 0 {}
 ppp chap password 7 {}
 ppp pap sent-username me password 7 {}
 ip ospf authentication-key {}
 ip ospf message-digest-key 1 md5 7 {}
 ospfv3 encryption ipsec spi 1001 esp null md5 0 {}
 ospfv3 authentication ipsec spi 500 sha1 {}
 standby 1 authentication {}
 standby 1 authentication md5 key-string 7 {}
 vrrp 1 authentication text {}
 glbp 1 authentication md5 key-string {}
 ip nhrp authentication {}
 isis password {} level-2
 wpa-psk ascii 7 {}
 encryption key 1 size 128bit 7 {} transmit-key
 tunnel key {}
router bgp 65000
 neighbor 10.0.0.1 password 7 {}
 area 1 virtual-link 10.0.0.1 authentication-key 7 {}
 area-password {}
 domain-password {}
ntp authentication-key 1 md5 {} 7
ip ftp password 7 {}
ip http client password 7 {}
ip wccp 61 password {}
l2tp tunnel password 7 {}
event manager environment _password {}
sip-ua
 credentials username me password 7 {} realm here
 authentication username me password 7 {}
crypto pki trustpoint CA
 password 7 {}
archive
 path ftp://me:{}@10.0.0.1/cfg
 path scp://{}@10.0.0.1/cfg
license smart register idtoken {}
""".splitlines()
FORMS = [form for form in FORMS if "{}" in form]
CANARIES = st.from_regex(
    r"[A-Za-z0-9./$+@:%!]{0,3}Canary[A-Za-z0-9./$+#!*_@:-]{0,12}", fullmatch=True
)


@given(form=st.sampled_from(FORMS), canary=CANARIES, sign=st.sampled_from(["", "+", "-", " "]))
def test_a_secret_in_any_form_is_masked_also_in_a_diff(form: str, canary: str, sign: str) -> None:
    masked = redact(sign + form.format(canary))
    assert "Canary" not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    "head", [" description", " remark", "access-list 10 remark", "+ description"]
)
@pytest.mark.parametrize(
    "word", ["pw", "PW", "password", "passwd", "secret", "community", "snmp_pw"]
)
@pytest.mark.parametrize("sign", ["=", ":", " = ", ": ", ":="])
def test_a_secret_that_somebody_noted_in_free_text_is_masked(
    head: str, word: str, sign: str
) -> None:
    masked = redact(f"{head} to Lyon, {word}{sign}hunter2 (ask noc)")
    assert "hunter2" not in masked
    assert masked.startswith(f"{head} to Lyon, {word}")


def test_a_password_with_a_slash_in_a_url_is_masked_whole() -> None:
    assert redact(" path ftp://me:a/b@c@10.0.0.1/cfg") == f" path ftp://{MASK}@10.0.0.1/cfg"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_masked_in_the_midst_of_a_configuration(form: str) -> None:
    assert "Canary" not in redact(f"!\n{form.format('topCanary9')}\n!\nend\n")


def test_certificates_and_public_keys_are_masked() -> None:
    text = (
        "crypto pki certificate chain TP\n certificate self-signed 01\n"
        "  30820228 30820191 A0030201 02020101\n  Canary98 0D06092A\n  \tquit\n"
        "crypto key pubkey-chain rsa\n key-string\n  Canary7F 300D0609\n  quit\n"
        "policy-map P\n"
    )
    masked = redact(text)
    assert "Canary" not in masked
    assert "30820228" not in masked
    assert masked.endswith("policy-map P\n")


def test_what_is_no_secret_stays() -> None:
    text = (
        "service password-encryption\nsecurity passwords min-length 6\nno ip http server\n"
        "aaa authentication login default group tacacs+ local\nkey chain EIGRP\n"
        " login authentication CONSOLE\nsnmp-server enable traps snmp authentication linkdown\n"
        "crypto key generate rsa\nip ssh version 2\nsnmp-server group OPS v3 priv\n"
        " ip ospf authentication\n match community 10\n neighbor 10.0.0.1 send-community\n"
        "class-map match-any VOICE\n match dscp ef \n  priority percent 33\n"
        "dial-peer voice 10 voip\n voice-class codec 1\n"
        " description to Lyon: circuit=42\n set community 65000:10\n"
    )
    assert redact(text) == text


def test_masking_twice_changes_nothing_more_and_keeps_every_line() -> None:
    once = redact(BRANCH)
    assert redact(once) == once
    assert once.count("\n") == BRANCH.count("\n")
    assert "CANARY" not in once
    assert "107D3D232342041E3A" not in once


@pytest.mark.parametrize(
    ("name", "secrets"),
    [
        (
            "cisco_ios/config/ccp2-sample_08.ios",
            ["107D3D232342041E3A", "023530612D5319347A", "SoMeThaNGwIErd", "LN7ONybETL5LJZF1",
             "27576134094768132473302031209727"],
        ),
        (
            "cisco_xe/config/oxidized-ios_C9200L-24P-4G_17.09.04a_output.txt",
            ["AAAAAAAAAABBBBBBBBBB", "SECRET_ENABLE", "SECRET_OXIDIZED"],
        ),
    ],
)  # fmt: skip
def test_the_secrets_of_real_configurations_are_masked(name: str, secrets: list[str]) -> None:
    needs("configs")
    masked = redact((SHARED / "configs" / name).read_text(errors="replace"))
    assert not [secret for secret in secrets if secret in masked]
    assert "snmp-server community public" not in masked
