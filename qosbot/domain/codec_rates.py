"""The numbers of codecs of many bit rates, as their tables have them: one row a rate.

Sources and their confidence stand beside each table; `codec_table` makes codecs of them.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from qosbot.domain.codecs import Provenance, high, low, medium

# Rates in kbit/s everywhere: they are the names of the modes.

AMR_IE: Mapping[str, tuple[float, Provenance]] = MappingProxyType(
    {
        rate: (ie, low("a ladder inferred in a paper, not ITU-T: may not line up with others"))
        for rate, ie in (
            ("4.75", 21.3),
            ("5.15", 19.5),
            ("5.9", 16.5),
            ("6.7", 13.7),
            ("7.95", 10.1),
            ("10.2", 6.0),
        )
    }
    | {
        "7.4": (10.0, medium("equals IS-641 of ITU-T G.113 Appendix I, table I.1")),
        "12.2": (5.0, medium("bit-exact with GSM-EFR of ITU-T G.113 Appendix I, table I.1")),
    }
)
AMR_BPL: Mapping[str, tuple[float, Provenance]] = MappingProxyType(
    {"12.2": (10.0, medium("bit-exact with GSM-EFR of ITU-T G.113 Appendix I, table I.4"))}
)

AMR_WB_MONOTIC = high("ITU-T G.113 Appendix IV, table IV.1: one ear (handset)")
AMR_WB_MONOTIC_IE: Mapping[str, float] = MappingProxyType(
    {
        "6.6": 41,
        "8.85": 26,
        "12.65": 13,
        "14.25": 10,
        "15.85": 7,
        "18.25": 5,
        "19.85": 3,
        "23.05": 1,
        # Worse than 23.05 in the table itself, and in the next one.
        "23.85": 8,
    }
)
AMR_WB_DIOTIC = medium("ITU-T G.113 Appendix IV (09/2024), table IV.3: both ears (headset)")
AMR_WB_DIOTIC_IE: Mapping[str, float] = MappingProxyType(
    {"6.6": 56, "8.85": 41, "12.65": 20, "15.85": 17, "23.05": 8, "23.85": 10}
)
AMR_WB_DIOTIC_LOSS = medium("ITU-T G.113 Appendix IV (09/2024), table IV.4: uniform loss")
AMR_WB_DIOTIC_BPL: Mapping[str, float] = MappingProxyType(
    {"12.65": 4.3, "23.05": 4.6, "23.85": 4.9}
)

EVS = medium("ITU-T G.113 Appendix V with Erratum 1 (01/2026): super-wideband, both ears")
EVS_IE_BPL: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "9.6": (22.7, 13.0),
        "13.2": (17.1, 11.7),
        "16.4": (10.8, 10.3),
        "24.4": (7.2, 11.4),
        "32": (8.7, 9.3),
        "48": (10.2, 9.6),
    }
)

OPUS = low(
    "Al-Ahmadi, Pocta and Melvin (2019 and later), by instruments, for random loss; that the "
    "numbers belong to the R scale of their band is presumed"
)

Row = tuple[int, float, float]
"""Rate in kbit/s, Ie, Bpl for random loss."""

OPUS_SWB_VBR: Sequence[Row] = (
    (14, 38.06, 16.51),
    (15, 34.12, 15),
    (16, 30.16, 11.83),
    (19, 23.81, 10.67),
    (22, 20.22, 10.47),
    (25, 20.21, 11.28),
    (28, 18.48, 10.63),
    (31, 16.83, 10.44),
    (34, 14.76, 10.12),
    (37, 12.08, 10.38),
    (40, 10.67, 9.79),
)
OPUS_SWB_CBR: Sequence[Row] = (
    (16, 36.88, 13.30),
    (19, 29.58, 10.74),
    (22, 23.38, 10.01),
    (25, 22.64, 10.57),
    (28, 23.65, 11.67),
    (31, 21.74, 11.51),
    (34, 20.62, 11.78),
    (37, 16.23, 10.62),
    (40, 15.90, 11.35),
)
OPUS_WB_VBR: Sequence[Row] = ((11, 28.41, 23.94), (12, 23.30, 22.22), (13, 19.96, 19.50))
OPUS_WB_CBR: Sequence[Row] = (
    (12, 29.76, 24.81),
    (13, 26.16, 23.00),
    (14, 20.77, 17.56),
    (15, 18.06, 18.74),
)
OPUS_NB_VBR: Sequence[Row] = (
    (6, 23.00, 24.56),
    (7, 21.26, 22.46),
    (8, 16.02, 20.26),
    (9, 11.74, 18.91),
)
OPUS_NB_CBR: Sequence[Row] = (
    (6, 46.27, 8.94),
    (7, 31.73, 18.18),
    (8, 19.25, 15.13),
    (9, 13.21, 17.24),
    (10, 6.20, 15.33),
    (11, 2.03, 15.95),
)
