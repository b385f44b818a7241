"""What would help a call most, and what its score has to be read with."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from qosbot.domain import emodel
from qosbot.domain.call_score import Call, CallScore, Echo, rests_on_wideband_echo, score_call
from qosbot.domain.codec_table import ALL_CODECS
from qosbot.domain.codecs import Codec
from qosbot.domain.delay_impairments import DelayClass
from qosbot.domain.scales import Scale

NOTICEABLE_MOS = 0.005
"""Less than this is not shown: it would not change the second decimal."""
SHORT_DELAY_S = 0.100
"""Up to here no delay is felt in turn-taking (mT of G.107, Table 1)."""
_BUFFERS_S = np.arange(0.005, 0.2001, 0.005)
_ROBUST_BPL = 16.0
"""From about here on, G.113 applies a burst ratio above 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One change, and what the call would score with it alone."""

    what: str
    words: str
    r: float
    mos: float
    mos_gain: float


def remedies(call: Call) -> tuple[Remedy, ...]:
    """Return what would help one call, the greatest gain first; nothing where nothing would.

    All inputs of the call must be numbers.  Codecs are compared within the call's band only,
    and none that rests on provisional numbers is recommended.
    """
    now = float(score_call(call).mos)
    found = []
    for what, words, changed in _changes(call):
        score = score_call(changed)
        mos = float(score.mos)
        if mos - now >= NOTICEABLE_MOS:
            found.append(
                Remedy(what=what, words=words, r=float(score.r), mos=mos, mos_gain=mos - now)
            )
    return tuple(sorted(found, key=lambda remedy: -remedy.mos_gain))


def _changes(call: Call) -> Iterator[tuple[str, str, Call]]:
    yield "network_loss", "no packet lost in the network", replace(call, loss_ratio=0.0)
    yield "jitter", "no jitter", replace(call, jitter_s=0.0)
    heard_s = float(score_call(call).mouth_to_ear_s)
    if heard_s > SHORT_DELAY_S:
        words = f"{SHORT_DELAY_S * 1e3:.0f} ms from mouth to ear"
        yield "delay", words, replace(call, mouth_to_ear_s=SHORT_DELAY_S)
    if call.mouth_to_ear_s is None and call.jitter_s > 0:
        buffer_s = _best_buffer_s(call)
        words = f"a jitter buffer of {buffer_s * 1e3:.0f} ms"
        yield "jitter_buffer", words, replace(call, jitter_buffer_s=buffer_s)
    if call.echo is Echo.SYMMETRIC and call.codec.scale is not Scale.CQEF:
        yield "echo", "perfect echo control", replace(call, echo=Echo.NONE)
    codec = _best_codec(call)
    yield "codec", codec.name, replace(call, codec=codec, packet_time_s=None)


def _best_buffer_s(call: Call) -> float:
    scores = score_call(replace(call, jitter_buffer_s=_BUFFERS_S))
    return float(_BUFFERS_S[np.argmax(scores.r)])


def _best_codec(call: Call) -> Codec:
    usable = [
        codec
        for codec in ALL_CODECS.values()
        if codec.scale is call.codec.scale
        and codec.bpl is not None
        and not codec.is_provisional
        and codec.key != call.codec.key
    ]
    return max(
        usable,
        key=lambda codec: float(score_call(replace(call, codec=codec, packet_time_s=None)).r),
    )


def caveats(call: Call, score: CallScore) -> tuple[str, ...]:
    """Return what a reader of the score has to know, in sentences."""
    return (*_of_the_codec(call, score), *_of_the_range(call, score), *_of_the_model(call))


def _of_the_codec(call: Call, score: CallScore) -> Iterator[str]:
    codec = call.codec
    if codec.is_provisional:
        yield f"provisional: the Ie of {codec.name} is of low confidence ({codec.ie_from.source})"
    if codec.bpl is not None or not np.any(score.loss_ratio > 0):
        return
    if call.is_provisional_allowed:
        yield (
            f"provisional: no Bpl was published for {codec.name}; "
            f"{codec.provisional_bpl:g} stands in ({codec.bpl_from.source})"
        )
    else:
        yield f"no Bpl was published for {codec.name}, so a score with loss is refused"


def _of_the_range(call: Call, score: CallScore) -> Iterator[str]:
    if np.any(score.loss_ratio > emodel.TABLE_3["loss_ratio"][1]):
        yield "more than 20 % loss is beyond what the model was made for"
    if np.any(score.mouth_to_ear_s > emodel.TABLE_3["absolute_delay_s"][1]):
        yield "more than 500 ms from mouth to ear is beyond what the model was made for"
    if np.any(np.greater(call.burst_ratio, 2) & (score.loss_ratio >= 0.02)):  # noqa: PLR2004 - note 6 of Table 3
        yield "a burst ratio above 2 with 2 % loss or more is beyond what the model was made for"
    bpl = call.codec.provisional_bpl if call.codec.bpl is None else call.codec.bpl
    if np.any(np.greater(call.burst_ratio, 1)) and bpl < _ROBUST_BPL:
        yield f"G.113 applies no burst ratio above 1 to a Bpl as low as {bpl:g}"


def _of_the_model(call: Call) -> Iterator[str]:
    if call.delay_class is not DelayClass.DEFAULT:
        yield f"provisional: the delay class {call.delay_class} rests on one source"
    if rests_on_wideband_echo(call.codec, call.echo):
        yield "provisional: wideband talker echo rests on one interpretation of G.107.1"
    if call.codec.scale is Scale.CQEF:
        yield "fullband has no echo terms here: the call is scored as if without echo"
