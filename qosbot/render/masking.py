"""What must not leave the network for a chat, masked in any text.

What devices say is masked before it is kept; here it is masked again, because what people write
(reasons, remarks, names) was not, and because a second look costs nothing.
"""

import re

from qosbot.platforms import DIALECTS

ADDRESS = "[address]"

# Four numbers or more, so that a mask, a wildcard and an address in an OID go with it; a version
# of four numbers goes too, which nobody needs to judge a change.
_V4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3,}")
_GROUP = r"[0-9A-Fa-f]{1,4}"
# No boundary is asked for: a letter before an address must not let it through.
_V6 = re.compile(
    rf"{_GROUP}(?::{_GROUP}){{7}}"
    rf"|{_GROUP}(?::{_GROUP})*::(?:{_GROUP}(?::{_GROUP})*)?"
    rf"|::{_GROUP}(?::{_GROUP})*"
)
# As IOS, and as everybody else, writes the address of a network card.
_MAC = re.compile(
    r"[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}|[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}"
)


def mask_secrets(text: str) -> str:
    """Return a text with the value of every secret masked, in the words of every platform."""
    for dialect in set(DIALECTS.values()):
        text = dialect.redact(text)
    return text


def mask_addresses(text: str) -> str:
    """Return a text with every IPv4, IPv6 and MAC address masked; prefix lengths, ports stay."""
    # IPv4 first: it may be the tail of an IPv6 address.
    return _MAC.sub(ADDRESS, _V6.sub(ADDRESS, _V4.sub(ADDRESS, text)))
