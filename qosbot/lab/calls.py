"""Calls that come and go: each is a slot that starts a new call when the last one has been held.

A slot's calls start at moments that the seed alone decides.  A new call takes the codec that is
preferred then and keeps it, so the calls at `now` follow from the history and from nothing else.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from zlib import crc32

from qosbot.lab.load import Calls, Load
from qosbot.lab.mqc import DeviceConfig
from qosbot.lab.topology import PATHS
from qosbot.lab.voice import new_call_codec

Talk = tuple[tuple[str, tuple[str, ...]], ...]
"""By path with a gateway, the codec of the call in each slot; empty where no call came up."""

Mix = tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
"""By path, how many calls there are by codec."""

_GOLDEN = (math.sqrt(5) - 1) / 2
_MOMENTS = 64
"""Into how many moments of its holding time a path's calls start: what bounds the history."""


def codec_now(path: str, calls: Calls, configs: Mapping[str, DeviceConfig]) -> str:
    """Return the codec of a call of a path that starts now; empty: it does not come up."""
    if calls.codec:
        return calls.codec
    gateway = PATHS[path].gateway
    if not gateway:
        return PATHS[path].codec
    return new_call_codec(configs[gateway].dial_peers, configs[gateway].codec_lists)


def carried_on(before: Talk, load: Load, configs: Mapping[str, DeviceConfig]) -> Talk:
    """Return the calls just after a change: those in progress, and what has begun or ended.

    A codec that the load says is that of every call at once.
    """
    held = dict(before)
    talk: list[tuple[str, tuple[str, ...]]] = []
    for path, calls in load.calls:
        if PATHS[path].gateway:
            old = () if calls.codec else held.get(path, ())[: calls.number]
            new = (codec_now(path, calls, configs),) * (calls.number - len(old))
            talk.append((path, old + new))
    return tuple(talk)


def turnover(
    talk: Talk, load: Load, configs: Mapping[str, DeviceConfig], *, since: float, seed: int
) -> Iterator[tuple[float, Talk]]:
    """Yield the calls from each moment on at which some start with another codec.

    Nothing is yielded once every call has the codec that is preferred now.

    Args:
        talk: the calls at `since`.
        load: what is sent.
        configs: by device; nothing of it changes any more.
        since: the first moment that counts.
        seed: decides when each slot's calls start.
    """
    now = {path: list(codecs) for path, codecs in talk}
    wanted = {path: codec_now(path, calls, configs) for path, calls in load.calls if path in now}
    due: dict[float, list[tuple[str, int]]] = {}
    for path, calls in load.calls:
        for slot, codec in enumerate(now.get(path, ())):
            if codec != wanted[path]:
                at = _next_start(path, slot, calls.hold_s, since, seed)
                due.setdefault(at, []).append((path, slot))
    for at in sorted(due):
        for path, slot in due[at]:
            now[path][slot] = wanted[path]
        yield at, tuple((path, tuple(codecs)) for path, codecs in now.items())


def by_codec(load: Load, talk: Talk) -> Mix:
    """Return how many calls of each path have which codec."""
    held = dict(talk)
    mix: list[tuple[str, tuple[tuple[str, int], ...]]] = []
    for path, calls in load.calls:
        if path in held:
            counted = Counter(codec for codec in held[path] if codec)
        else:
            counted = Counter({calls.codec or PATHS[path].codec: calls.number})
        mix.append((path, tuple(sorted(counted.items()))))
    return tuple(mix)


def _next_start(path: str, slot: int, hold_s: float, since: float, seed: int) -> float:
    """Return when a slot's next call starts, `since` included."""
    first = crc32(f"{seed} {path}".encode()) / 2**32
    # Steps of the golden ratio spread any number of slots evenly over the holding time.
    share = math.floor(_MOMENTS * ((first + slot * _GOLDEN) % 1.0)) / _MOMENTS
    # Rounding must not put it before the moment that is asked about.
    return max((math.ceil(since / hold_s - share) + share) * hold_s, since)
