"""Very many narrowband scores: some tens of millions a second on one core.

What makes them fast is small pieces that stay in the processor's cache, buffers that are used
again, and roots without a general power.  Beyond the results no memory grows with their number.
"""

import numpy as np

from qosbot.domain.emodel import LIMITS, Connection, FloatArray, mos_from_r, rate

CHUNK = 16_384
"""So many numbers, a few times over, fit a core's own cache."""

_BEST_R = float(rate(Connection()).r)
_MT_S = 0.1
_LG2_MT = float(np.log2(np.array([_MT_S]))[0])


class _Buffers:
    """What one piece of work needs, made once."""

    def __init__(self, size: int) -> None:
        self.x = np.empty(size)
        self.brackets = np.empty((2, size))
        self.roots = np.empty((2, size))
        self.powers = np.empty((2, size))
        self.guesses = np.empty((2, size), dtype=np.float32)


def planning_scores(  # noqa: PLR0913  what is not at its default, and where to write
    absolute_delay_s: FloatArray,
    loss_ratio: FloatArray,
    *,
    ie: float = 0.0,
    bpl: float = 4.3,
    burst_ratio: float = 1.0,
    out: tuple[FloatArray, FloatArray] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return R and MOS-CQE with all other planning parameters at their defaults.

    Both arrays are of shape (n,).  The results are those of `rate` within 1e-9; echo is
    perfectly controlled (T = Tr = 0), as in the default connection.  `out` is filled and returned
    instead of new arrays, so that who scores again and again needs no new memory.

    Raises:
        ValueError: if an input lies outside `LIMITS`, naming it and its range; or if a shape is
            not (n,), or that of `out` another one.
    """
    Connection(ie=ie, bpl=bpl, burst_ratio=burst_ratio)
    delays_s, losses = np.broadcast_arrays(absolute_delay_s, loss_ratio)
    if delays_s.ndim != 1:
        raise ValueError(f"delays and losses must be arrays of shape (n,), not {delays_s.shape}")
    r, mos = out or (np.empty(delays_s.shape), np.empty(delays_s.shape))
    if r.shape != delays_s.shape or mos.shape != delays_s.shape:
        raise ValueError(f"out must be two arrays of shape {delays_s.shape}")
    buffers = _Buffers(min(CHUNK, delays_s.size))
    for start in range(0, delays_s.size, CHUNK):
        piece = slice(start, start + CHUNK)
        _refuse_outliers("absolute_delay_s", delays_s[piece])
        _refuse_outliers("loss_ratio", losses[piece])
        if len(r[piece]) < len(buffers.x):
            buffers = _Buffers(len(r[piece]))
        _delay(delays_s[piece], _BEST_R - ie, buffers, r[piece])
        _lose(losses[piece], (ie, bpl, burst_ratio), buffers, r[piece])
        _opinion(r[piece], buffers, mos[piece])
    return r, mos


def scores_in_pieces(connection: Connection) -> tuple[FloatArray, FloatArray]:
    """Return R and MOS-CQE of connections whose inputs are numbers or arrays of shape (n,).

    Raises:
        ValueError: if an input has another shape.
    """
    given = {name: getattr(connection, name) for name in LIMITS}
    for name, value in given.items():
        if np.ndim(value) > 1:
            raise ValueError(f"{name} must be a number or of shape (n,), not {np.shape(value)}")
    columns = {name: value for name, value in given.items() if np.ndim(value) == 1}
    (size,) = np.broadcast_shapes(*(value.shape for value in columns.values()), (1,))
    r, mos = np.empty(size), np.empty(size)
    for start in range(0, size, CHUNK):
        piece = slice(start, start + CHUNK)
        part = given | {name: value[piece] for name, value in columns.items() if len(value) == size}
        r[piece] = rate(Connection(**part)).r
        mos[piece] = mos_from_r(r[piece])
    return r, mos


def _refuse_outliers(name: str, values: FloatArray) -> None:
    low, high = LIMITS[name]
    # The ends are not numbers where one of the values is none; then each has to be looked at.
    if not (values.min() >= low and values.max() <= high):
        Connection(**{name: values})


def _delay(delays_s: FloatArray, best_r: float, buffers: _Buffers, r: FloatArray) -> None:
    """Set R to the best one less Idd, with sT = 1 and mT = 100 ms."""
    x, (near, far) = buffers.x, buffers.brackets
    np.maximum(delays_s, _MT_S, out=x)
    np.log2(x, out=x)
    np.subtract(x, _LG2_MT, out=x)
    np.multiply(x, x, out=near)
    np.multiply(near, x, out=far)
    np.multiply(far, far, out=near)
    np.multiply(near, 1 / 3**6, out=far)
    np.add(buffers.brackets, 1.0, out=buffers.brackets)
    _six_sixth_roots(buffers)
    # Idd = 25 (near - 3 far + 2), of which six times each is at hand.
    np.multiply(near, 25 / 6, out=near)
    np.multiply(far, 75 / 6, out=far)
    np.subtract(far, near, out=r)
    np.add(r, best_r - 50, out=r)


def _six_sixth_roots(buffers: _Buffers) -> None:
    """Replace the brackets, 1 and more, by six times their sixth roots.

    A guess in float32 and one step of Newton's: the guess is right to some 1e-6, the step squares
    that, and both take a third of the time of a square root and a cube root.
    """
    a, y, power, guess = buffers.brackets, buffers.roots, buffers.powers, buffers.guesses
    np.copyto(guess, a, casting="same_kind")
    np.log(guess, out=guess)
    np.multiply(guess, np.float32(1 / 6), out=guess)
    np.exp(guess, out=guess)
    np.copyto(y, guess)
    np.multiply(y, y, out=power)
    np.multiply(power, power, out=power)
    np.multiply(power, y, out=power)
    np.divide(a, power, out=a)
    np.multiply(y, 5.0, out=y)
    np.add(a, y, out=a)


def _lose(
    losses: FloatArray, codec: tuple[float, float, float], buffers: _Buffers, r: FloatArray
) -> None:
    """Take what loss costs beyond Ie off R."""
    ie, bpl, burst_ratio = codec
    # A codec that leaves nothing to lose loses nothing.
    room = max(95 - ie, 1e-12)
    lost = buffers.x
    np.multiply(losses, 1 / (room * burst_ratio), out=lost)
    np.add(lost, bpl / (room * 100), out=lost)
    np.divide(losses, lost, out=lost)
    np.subtract(r, lost, out=r)


def _opinion(r: FloatArray, buffers: _Buffers, mos: FloatArray) -> None:
    """Set MOS to that of R, as `mos_from_r` does for R that never come near 100."""
    held = buffers.x
    np.maximum(r, 0.0, out=held)
    # 1 + 0.035 R + 7e-6 R (R - 60)(100 - R), by Horner.
    np.multiply(held, -7e-6, out=mos)
    np.add(mos, 160 * 7e-6, out=mos)
    np.multiply(mos, held, out=mos)
    np.add(mos, 0.035 - 6000 * 7e-6, out=mos)
    np.multiply(mos, held, out=mos)
    np.add(mos, 1.0, out=mos)
    np.maximum(mos, 1.0, out=mos)
