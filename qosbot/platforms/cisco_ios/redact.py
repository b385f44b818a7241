"""No secret of a configuration leaves this module.

A word that announces a secret costs the rest of its line: too much is masked rather than too
little, for nobody needs a key to judge a QoS change.  Works on whole configurations, on single
lines and on diffs; lines stay lines.
"""

import re

MASK = "<masked>"

_REST_IS_SECRET = tuple(
    re.compile(form + r"\s+(?P<rest>\S.*)", re.IGNORECASE)
    for form in (
        # `password 0|5|6|7|8|9 ...`, and every compound of the word: area-password, _password.
        r"(?:password|passwd|passphrase|passcode|secret|psk|token|pin)",
        r"(?:shared|session|server|auth|authentication|message-digest|api)-key",
        r"(?:key-string|key-hash|cak|ckn|credentials?)",
        r"(?<!crypto )(?<![a-z])key(?!\s+chain\b)",
        r"\b(?:standby|vrrp|glbp|nhrp|rip|ospf|ospfv3|isis|eigrp|area|ntp)\b.*\bauthentication",
        r"\bipsec spi \d+",
        r"\bsnmp-server user \S+ \S+",
        r"\bsnmp-server (?:user-key|engineid-key)",
        r"\bsnmp mib community-map",
        r"\b(?:cipher|authenticator|esp-key)",
        r"\bauth (?:md5|sha\S*)",
        r"\bpriv (?:des|3des|aes(?: \d+)?)",
    )
)
# People write secrets into descriptions and remarks, in words of their own.
_NOTED = re.compile(
    r"(?i)(?:pass(?:word|wd|phrase|code)?|pwd?|secret|community|psk|key|token|pin|credentials?)"
    r"[\"']?\s*[=:]+\s*(?P<rest>\S.*)"
)
_COMMUNITY = re.compile(r"(?i)(\bsnmp-server community )(\S+)")
_TRAP_HOST = re.compile(r"(?i)(\bsnmp-server host \S+ )(.*)")
_TRAP_WORDS = frozenset(
    {"informs", "traps", "version", "1", "2c", "3", "auth", "noauth", "priv", "vrf", "udp-port"}
)
_HASH = re.compile(r"\$(?:1|4|5|6|8|9|14|sha512|apr1)\$\S+")
# A password in a URL may hold a slash or an @ of its own, so all up to the last @ goes.
_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)\S+@")
_HEX = re.compile(
    r"[+\-\s]*(?:[0-9A-Fa-f]{2,8}\s+){2,}[0-9A-Fa-f]{1,8}\s*|[+\-\s]*[0-9A-Fa-f]{16,}\s*"
)
_BODY_BEGINS = re.compile(r"(?i)[+\-\s]*(?:certificate\b.*|key-string\s*|BEGIN\b.*|-+BEGIN .*)")
_BODY_ENDS = re.compile(r"(?i)[+\-\s]*(?:quit|exit|-+END .*)\s*")


def redact(text: str) -> str:
    """Return a device's text with the value of every secret masked."""
    masked: list[str] = []
    inside = False
    for line in text.split("\n"):
        if inside:
            inside = not (_BODY_ENDS.fullmatch(line) or line.startswith("!"))
            masked.append(f"  {MASK}" if inside else _redact_line(line))
        else:
            inside = _BODY_BEGINS.fullmatch(line) is not None
            masked.append(_redact_line(line))
    return "\n".join(masked)


def _redact_line(line: str) -> str:
    line = line.rstrip("\r")
    if _HEX.fullmatch(line):
        return f"  {MASK}"
    line = _COMMUNITY.sub(rf"\1{MASK}", line)
    line = _TRAP_HOST.sub(_without_community, line)
    line = _HASH.sub(MASK, _URL.sub(rf"\1{MASK}@", line))
    forms = (*_REST_IS_SECRET, _NOTED)
    starts = [found.start("rest") for form in forms if (found := form.search(line))]
    return f"{line[: min(starts)]}{MASK}" if starts else line


def _without_community(found: re.Match[str]) -> str:
    """Mask the first word that is none of the command's own."""
    words = found[2].split()
    for i, word in enumerate(words):
        named = i > 0 and words[i - 1] in {"vrf", "udp-port"}
        if word.lower() not in _TRAP_WORDS and not named:
            return found[1] + " ".join([*words[:i], MASK, *words[i + 1 :]])
    return found[0]
