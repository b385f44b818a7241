import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.render.masking import ADDRESS, mask_addresses, mask_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at 192.0.2.1.", "at [address]."),
        ("ip route 10.0.0.0 255.0.0.0", "ip route [address] [address]"),
        ("10.1.0.0/16", "[address]/16"),
        ("192.0.2.1:161", "[address]:161"),
        ("2001:db8::1", "[address]"),
        ("fe80::1%Gi0/1", "[address]%Gi0/1"),
        ("2001:0db8:0:0:0:0:0:1", "[address]"),
        ("via ::1", "via [address]"),
        ("match source-address mac 0a1b.2c3d.4e5f", "match source-address mac [address]"),
        ("from 00:1A:2b:3c:4d:5e", "from [address]"),
        ("from 00-1A-2b-3c-4d-5e", "from [address]"),
    ],
)
def test_addresses_are_masked(text: str, shown: str) -> None:
    assert mask_addresses(text) == shown


@pytest.mark.parametrize(
    "text", ["since 12:00:05 UTC", "Gi0/0/1.100", "12.5 %", "class-map 1.2", "IOS 15.7(3)M4"]
)
def test_what_is_no_address_stays(text: str) -> None:
    assert mask_addresses(text) == text


@given(st.ip_addresses(v=4), st.text(st.characters(categories=("L", "P", "Z")), max_size=3))
def test_every_ipv4_address_is_masked_whatever_stands_around_it(address: object, by: str) -> None:
    assert str(address) not in mask_addresses(f"{by}{address}{by}")


@given(st.ip_addresses(v=6))
def test_every_ipv6_address_is_masked(address: object) -> None:
    masked = mask_addresses(f"from {address} to")
    assert masked == "from :: to" if str(address) == "::" else ADDRESS in masked
    assert str(address) == "::" or str(address) not in masked


def test_masking_twice_changes_nothing_more() -> None:
    once = mask_addresses(mask_secrets("snmp-server community x RO\n10.0.0.1 ::1"))
    assert mask_addresses(mask_secrets(once)) == once
