"""Rules about codecs: the ones that links are sized by, in common, said once, in equal packets."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.legs import (
    DEFAULT_CODEC,
    USUAL_PACKET_TIME_S,
    choices,
    codecs_of,
    leg_lines,
    peers,
    place_of,
    word_of,
)
from qosbot.domain.policies import DialPeer

_PAYLOAD = re.compile(r"(?P<name>\S+)(?: fixed-bytes)?(?: bytes (?P<bytes>\d+))?.*")
_IN_30_MS = re.compile(r"g723|ilbc .*\bmode 30\b")
"""Codecs whose packets hold 30 ms where nothing else is said (RFC 3551, RFC 3952)."""
_KEPT = 256
"""Codecs, with their options, whose packet time is kept."""
_FAX = re.compile(r"(?:fax|modem)\b.*")
_NO_FAX = re.compile(r"fax protocol (?:none|t38)\b.*|fax rate disable|fax nsf .*")
_SAYS_FAX = re.compile(r"description .*\b(?:fax|modem)\b.*", re.IGNORECASE)

_NO_PEERS = Unjudged(why="needs dial-peers: this is no voice gateway")


def _preferred(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    legs = peers(facts)
    circuits = facts.context.circuits.values() if facts.context is not None else ()
    sized = {one.codec for one in circuits if one.codec is not None}
    if not legs:
        yield _NO_PEERS
    elif not sized:
        yield Unjudged(why="needs the codec that links are sized by, from the inventory")
    for one in legs if sized else ():
        codecs = codecs_of(one, facts)
        word = word_of(codecs[0]) if codecs else None
        if word is None or len(sized) > 1:
            yield Unjudged(why="needs to know this leg's codec and link", where=place_of(one))
        elif not one.is_protected and not next(iter(sized)).startswith(word.family):
            lines = leg_lines(one, facts, "codec", "voice-class codec")
            why = f"links are sized by {next(iter(sized))}"
            yield Breach(where=place_of(one), evidence=(*lines, f"prefers {codecs[0]}", why))


def _shared(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    legs = peers(facts)
    if not legs:
        yield _NO_PEERS
        return
    everywhere = _everywhere(facts)
    compressing = {codecs for codecs in choices(facts) if _compresses(codecs)}
    for one in legs if compressing else ():
        codecs = codecs_of(one, facts)
        if codecs not in compressing:
            continue
        lines = facts.quote(f"dial-peer voice {one.tag} voip", "fax", "modem", "description")[1:]
        said = [line for line in lines if _FAX.fullmatch(line) and not _NO_FAX.fullmatch(line)]
        hints = [line for line in lines if _SAYS_FAX.fullmatch(line)]
        relays = any(line.startswith("fax protocol t38") for line in (*lines, *everywhere))
        if (said or hints) and not relays:
            hint = ("inferred from the description: a fax or modem",) if not said else ()
            yield Breach(
                where=place_of(one),
                evidence=(
                    *leg_lines(one, facts, "codec", "voice-class codec"),
                    *said,
                    *hints,
                    *hint,
                    f"prefers {codecs[0]}",
                ),
                fix="Give the leg of a fax or modem `codec g711ulaw` or alaw, or T.38.",
            )
    yield from _disjoint(legs, facts)
    yield Unjudged(why="needs the codecs of the far ends, and transcoders")


def _compresses(codecs: Sequence[str]) -> bool:
    """Return whether the preferred codec is known to keep no tone of a fax or modem."""
    word = word_of(codecs[0]) if codecs else None
    return word is not None and word.family not in _FULL


def _disjoint(legs: Sequence[DialPeer], facts: AuditFacts) -> Iterator[Breach]:
    """Yield legs of a border element that no other leg can be joined to."""
    passes_on = any(one.startswith("allow-connections ") for one in _everywhere(facts))
    has_lines = any(not one.is_voip for one in facts.policy.dial_peers.values())
    if not passes_on or has_lines or _transcodes(facts):
        return
    codecs = [{one.partition(" ")[0] for one in codecs_of(leg, facts)} for leg in legs]
    for i, leg in enumerate(legs):
        others = set().union(*codecs[:i], *codecs[i + 1 :])
        if (
            codecs[i]
            and others
            and "transparent" not in codecs[i] | others
            and not codecs[i] & others
        ):
            yield Breach(
                where=place_of(leg),
                evidence=(
                    *leg_lines(leg, facts, "codec", "voice-class codec"),
                    f"the other legs have {', '.join(sorted(others))}",
                    "no dspfarm profile transcodes",
                ),
                fix="Give both legs of a call a codec in common, or a transcoder.",
            )


def _transcodes(facts: AuditFacts) -> bool:
    return any(one.startswith("dspfarm profile ") and "transcode" in one for one in facts.sections)


def _everywhere(facts: AuditFacts) -> Sequence[str]:
    """Return what holds for all VoIP legs."""
    return facts.sections.get("voice service voip", ())


_FULL = frozenset({"g711", "g722"})


def _named(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    legs = peers(facts)
    if not legs:
        yield _NO_PEERS
    for one in legs:
        if (one.codec is None) is not (one.codec_class is None):
            continue
        lines = leg_lines(one, facts, "codec", "voice-class codec")
        if one.codec is not None:
            yield Breach(
                where=place_of(one),
                evidence=lines,
                fix="Keep one of the two: the list, if there is more than one codec.",
            )
        else:
            yield Breach(where=place_of(one), evidence=(*lines, f"no codec: it is {DEFAULT_CODEC}"))


def _packet_time(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    legs = peers(facts)
    circuits = facts.context.circuits.values() if facts.context is not None else ()
    sized_s = {one.packet_time_s for one in circuits if one.packet_time_s is not None}
    wanted_s = sized_s or {USUAL_PACKET_TIME_S}
    if not legs:
        yield _NO_PEERS
    times_s = {codec: _time_s(codec) for codecs in choices(facts) for codec in codecs}
    odd_s = {codec: s for codec, s in times_s.items() if s is None or not _is_near(s, wanted_s)}
    for one in legs if odd_s else ():
        for codec in codecs_of(one, facts):
            if codec not in odd_s:
                continue
            time_s = odd_s[codec]
            if time_s is None:
                name = codec.partition(" ")[0]
                yield Unjudged(why=f"needs the packets of {name}", where=place_of(one))
            else:
                source = "the inventory" if sized_s else "assumed, for want of an inventory"
                yield Breach(
                    where=place_of(one),
                    evidence=(
                        *leg_lines(one, facts, "codec", "voice-class codec"),
                        f"{codec}: {time_s * 1e3:.0f} ms a packet",
                        f"sized by {min(wanted_s) * 1e3:.0f} ms ({source})",
                    ),
                )


def _is_near(time_s: float, wanted_s: Iterable[float]) -> bool:
    return any(abs(time_s - wanted) < 1e-6 for wanted in wanted_s)  # noqa: PLR2004 - s


@lru_cache(maxsize=_KEPT)
def _time_s(codec: str) -> float | None:
    """Return how much speech a packet of a codec holds; None where its bytes do not tell."""
    said = _PAYLOAD.fullmatch(codec)
    word = word_of(codec)
    usual_s = 0.030 if _IN_30_MS.match(codec) else USUAL_PACKET_TIME_S
    if said is None or said["bytes"] is None or usual_s > USUAL_PACKET_TIME_S:
        return usual_s
    return word.packet_time_s(int(said["bytes"])) if word is not None else None


RULES = (
    Rule(
        id="COD-01",
        severity=Severity.HIGH,
        title="Calls prefer the codec that the links are sized by",
        meaning="A G.711 call takes the place of nearly three of G.729 on Ethernet.",
        evidence="codec lines of dial-peers against the codec in the inventory",
        source="Cisco document 7934",
        fix="Prefer the codec that the links are sized by; keep the other as second choice.",
        check=_preferred,
    ),
    Rule(
        id="COD-02",
        severity=Severity.MEDIUM,
        title="Both sides share a codec, and fax has one that carries it",
        meaning="Without a common codec calls fail or take a transcoder; fax and modems do not "
        "survive compression.",
        evidence="codec, fax and modem lines of dial-peers; far ends are not in a configuration",
        source="ITU-T T.38; operators' practice",
        fix="Give both sides a codec in common.",
        check=_shared,
    ),
    Rule(
        id="COD-03",
        severity=Severity.MEDIUM,
        title="A dial-peer says its codec, once",
        meaning="A VoIP dial-peer without a codec is G.729, and of two statements one is ignored.",
        evidence="codec and voice-class codec lines of VoIP dial-peers",
        source="Cisco IOS voice command reference",
        fix="Name a list: `voice-class codec N`.",
        check=_named,
    ),
    Rule(
        id="COD-04",
        severity=Severity.MEDIUM,
        title="Packets hold as much speech as the sizing assumes",
        meaning="Another packet time changes the rate of each call and its delay.",
        evidence="bytes of codec lines against the inventory, or 20 ms",
        source="RFC 3551",
        fix="Leave `bytes` away for 20 ms, or size by what is configured.",
        check=_packet_time,
    ),
)
