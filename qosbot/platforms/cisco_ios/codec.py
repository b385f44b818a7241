"""Let new calls of a dial-peer prefer a codec."""

import re

from qosbot.domain.intents import PreferCodec
from qosbot.domain.policies import DialPeer, QosPolicy
from qosbot.platforms.cisco_ios.plan import NO_INTERRUPTION, Plan, Running
from qosbot.platforms.cisco_ios.sections import Section
from qosbot.platforms.cisco_ios.words import CODECS, DEFAULT_CODEC

_FIRST_TAG = 101
_LAST_TAG = 10_000
_MOST_PREFERENCES = 14


def plan(intent: PreferCodec, running: Running) -> Plan:
    """Return a new codec list and the one line that points the dial-peer to it.

    A list is never edited in place: a codec can't stand in two slots, so the list would be empty
    for a moment.  Calls in progress keep their codec.

    Raises:
        UnsupportedIntentError: if the dial-peer is not one that this may be done to.
    """
    section, peer = _peer(intent, running)
    old = preferences(running.policy, peer)
    if not old:
        raise running.refuse(f"dial-peer {peer.tag} has a codec list that is not defined")
    new = _reordered(intent, old, running)
    taken = set(running.policy.codec_classes)
    tag = next(tag for tag in range(_FIRST_TAG, _LAST_TAG) if tag not in taken)
    held = section.child("voice-class codec") or section.child("codec")
    chosen = f"voice-class codec {tag}{' offer-all' if peer.offers_all_codecs else ''}"
    apply = [f"voice class codec {tag}"]
    apply += [f" codec preference {slot} {name}" for slot, name in enumerate(new, start=1)]
    apply += [section.text]
    undo = [section.text]
    if held is not None and held.text.startswith("codec "):
        # The two forms exclude each other on a dial-peer.
        apply.append(f" no {held.text}")
    if held is None or held.text.startswith("codec "):
        undo.append(f" no {chosen}")
    if held is not None:
        undo.append(f" {held.text}")
    return Plan(
        apply=(*apply, f" {chosen}"),
        undo=(*undo, f"no voice class codec {tag}"),
        touched=(apply[0], section.text),
        interruption=NO_INTERRUPTION,
    )


def preferences(policy: QosPolicy, peer: DialPeer) -> tuple[str, ...]:
    """Return what a dial-peer prefers, best first; empty where its list is not defined."""
    if peer.codec_class is not None:
        held = policy.codec_classes.get(peer.codec_class)
        return tuple(codec for _, codec in held.preferences) if held is not None else ()
    return (peer.codec or DEFAULT_CODEC,)


def _peer(intent: PreferCodec, running: Running) -> tuple[Section, DialPeer]:
    tag = intent.dial_peer
    peer = running.policy.dial_peers.get(tag)
    section = running.root.child(f"dial-peer voice {tag}")
    if peer is None or section is None:
        raise running.refuse(f"there is no dial-peer {tag}")
    if not section.text.endswith(" voip"):
        raise running.refuse(f"dial-peer {tag} is not one of VoIP")
    if peer.is_protected:
        raise running.refuse(f"dial-peer {tag} may carry fax, modem or emergency calls")
    if peer.codec is not None and peer.codec_class is not None:
        raise running.refuse(f"dial-peer {tag} has both a codec and a codec list")
    return section, peer


def _reordered(intent: PreferCodec, old: tuple[str, ...], running: Running) -> list[str]:
    known = CODECS.get(intent.codec)
    if known is None:
        raise running.refuse(f"codec {intent.codec} has no name on this platform")
    if any(re.match(r"transparent|clear-channel", codec) for codec in old):
        raise running.refuse(f"dial-peer {intent.dial_peer} passes codecs through")
    named = [codec for codec in old if codec.split()[0] in known]
    best = named[0] if named else known[0]
    new = [best, *(codec for codec in old if codec != best)]
    if len(new) > _MOST_PREFERENCES:
        raise running.refuse(f"dial-peer {intent.dial_peer} already has {len(old)} codecs")
    return new
