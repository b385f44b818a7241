"""From the narrowband rating factor R to the opinion of people, MOS-CQE, and back."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Numbers = float | FloatArray


def mos_from_r(r: Numbers) -> FloatArray:
    """Return the mean opinion score for each R: in 1.0 to 4.5, never falling as R rises.

    Source: ITU-T G.107 (06/2015), Annex B.  The published cubic dips below 1 for 0 < R < 6.515,
    so the result is held at 1 there.
    """
    held = np.clip(r, 0.0, 100.0)
    score = 1 + 0.035 * held + held * (held - 60) * (100 - held) * 7e-6
    # Just under R = 100 the sum may round to a little over 4.5.
    return np.asarray(np.clip(score, 1.0, 4.5))


def r_from_mos(mos: Numbers) -> FloatArray:
    """Return the R that each mean opinion score came from; NaN outside 1.0 to 4.5.

    The scores 1.0 and 4.5 stand for ranges; they give the ends of those, 6.515 and 100.

    Source: ITU-T G.107 (06/2015), Appendix I, with the arctangent of two arguments: the other
    loses its branch above MOS 2.75.
    """
    scores = np.asarray(mos, dtype=np.float64)
    inside = (scores >= 1.0) & (scores <= 4.5)  # noqa: PLR2004 - the ends of the scale
    m = np.where(inside, scores, np.nan)
    h = np.arctan2(15 * np.sqrt(-903522 + 1113960 * m - 202500 * m**2), 18566 - 6750 * m) / 3
    return np.asarray(20 / 3 * (8 - np.sqrt(226) * np.cos(h + np.pi / 3)))
