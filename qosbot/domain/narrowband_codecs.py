"""The narrowband codecs of ITU-T G.113 Appendix I and their kin, one row each."""

from dataclasses import replace

from qosbot.domain.codecs import (
    CODECS,
    RTP_PROFILE,
    TABLE_I_1,
    VENDOR_RATES,
    Codec,
    low,
    medium,
    table_i_4,
)

NOT_PUBLISHED = low("not published; the provisional one is that of no concealment at all")
BY_THE_BOOK = medium("the codec's own specification")
DYNAMIC = medium("its RTP payload format")
_G113_MEDIUM = medium(TABLE_I_1.source)
_A_CLIENT = low("one VoIP client's own constants; not in ITU-T G.113")

_ROW = Codec(
    key="",
    name="",
    ie=0.0,
    ie_from=TABLE_I_1,
    bpl=None,
    bpl_from=NOT_PUBLISHED,
    bit_rate_bps=0.0,
    frame_s=0.020,
    look_ahead_s=0.0,
    delay_from=BY_THE_BOOK,
    payload_from=VENDOR_RATES,
    rtp_clock_hz=8000,
    clock_from=RTP_PROFILE,
)
_G729 = replace(_ROW, bit_rate_bps=8000, frame_s=0.010, look_ahead_s=0.005)
_G723 = replace(_ROW, frame_s=0.030, look_ahead_s=0.0075, packet_time_s=0.030)
_G726 = replace(_ROW, frame_s=0.000125)
_G728 = replace(_ROW, frame_s=0.000625)
# The client pairs Ie 11 with Bpl 32; that is no publication, so the latter is provisional only.
_ILBC = replace(
    _ROW,
    ie=11,
    ie_from=_A_CLIENT,
    bpl_from=_A_CLIENT,
    provisional_bpl=32.0,
    clock_from=DYNAMIC,
)

NARROWBAND = (
    *CODECS.values(),
    # "With Bpl 19" is often said of this one, which pairs it with a value measured with VAD.
    replace(_G729, key="g729", name="G.729 without VAD", ie=10),
    # 6.3 and 5.3 kbit/s of speech are carried as 24 and 20 octets for each 30 ms.
    replace(
        _G723,
        key="g723-6.3",
        name="G.723.1 6.3k with VAD",
        ie=15,
        bpl=16.1,
        bpl_from=table_i_4("its own concealment, given for 30 ms packets"),
        bit_rate_bps=6400,
    ),
    replace(_G723, key="g723-5.3", name="G.723.1 5.3k", ie=19, bit_rate_bps=16_000 / 3),
    replace(_G726, key="g726-40", name="G.726 40k", ie=2, bit_rate_bps=40_000),
    replace(_G726, key="g726-32", name="G.726 32k", ie=7, bit_rate_bps=32_000),
    replace(
        _G726, key="g726-24", name="G.726 24k", ie=25, ie_from=_G113_MEDIUM, bit_rate_bps=24_000
    ),
    replace(
        _G726, key="g726-16", name="G.726 16k", ie=50, ie_from=_G113_MEDIUM, bit_rate_bps=16_000
    ),
    replace(_G728, key="g728-16", name="G.728 16k", ie=7, bit_rate_bps=16_000),
    replace(
        _G728,
        key="g728-12.8",
        name="G.728 12.8k",
        ie=20,
        bit_rate_bps=12_800,
        payload_from=BY_THE_BOOK,
    ),
    replace(_ROW, key="gsm-fr", name="GSM-FR", ie=20, bit_rate_bps=13_200),
    replace(
        _ROW,
        key="gsm-hr",
        name="GSM-HR",
        ie=23,
        bit_rate_bps=5600,
        look_ahead_s=0.0044,
        delay_from=low("from memory, not checked"),
        frame_overhead_bits=8,
        payload_from=low("RFC 5993, from memory: one octet before each frame"),
        clock_from=DYNAMIC,
    ),
    replace(
        _ROW,
        key="gsm-efr",
        name="GSM-EFR",
        ie=5,
        bpl=10.0,
        bpl_from=table_i_4("its own concealment, given for 20 ms packets"),
        bit_rate_bps=12_400,
        clock_from=DYNAMIC,
    ),
    replace(_ILBC, key="ilbc-20", name="iLBC 20 ms", bit_rate_bps=15_200, look_ahead_s=0.005),
    replace(
        _ILBC,
        key="ilbc-30",
        name="iLBC 30 ms",
        bit_rate_bps=400 / 0.030,
        frame_s=0.030,
        look_ahead_s=0.010,
        packet_time_s=0.030,
    ),
)
"""In the order of ITU-T G.113, the codecs of voice paths first."""
