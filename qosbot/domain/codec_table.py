"""All codecs that can be scored, of every band, in one table.

Only five narrowband codecs have a published Bpl.  Where there is none a lossy score is refused,
or provisional where the operator allows it; no number stands in silently.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from qosbot.domain import codec_rates as rates
from qosbot.domain.codecs import (
    PESSIMISTIC_BPL,
    RTP_PROFILE,
    VENDOR_RATES,
    Codec,
    high,
    low,
    medium,
)
from qosbot.domain.narrowband_codecs import BY_THE_BOOK, DYNAMIC, NARROWBAND, NOT_PUBLISHED
from qosbot.domain.scales import Scale

_FOR_BOTH_EARS = low("none for one ear; the provisional one is that for both, as in table IV.4")
_AMR_PAYLOAD = medium("RFC 4867, bandwidth-efficient; agrees with published rates per call")


def _amr() -> Iterator[Codec]:
    for rate, (ie, ie_from) in sorted(rates.AMR_IE.items(), key=lambda row: float(row[0])):
        bpl, bpl_from = rates.AMR_BPL.get(rate, (None, NOT_PUBLISHED))
        yield Codec(
            key=f"amr-{rate}",
            name=f"AMR {rate}k",
            ie=ie,
            ie_from=ie_from,
            bpl=bpl,
            bpl_from=bpl_from,
            bit_rate_bps=float(rate) * 1000,
            frame_s=0.020,
            look_ahead_s=0.005,
            delay_from=BY_THE_BOOK,
            packet_overhead_bits=4,
            frame_overhead_bits=6,
            payload_from=_AMR_PAYLOAD,
            rtp_clock_hz=8000,
            clock_from=DYNAMIC,
        )


def _g722() -> Iterator[Codec]:
    for rate, ie in ((64, 13.0), (56, 20.0), (48, 31.0)):
        yield Codec(
            key=f"g722-{rate}",
            name=f"G.722 {rate}k",
            scale=Scale.CQEW,
            ie=ie,
            ie_from=low("ITU-T G.113 (11/2007), table IV.1, from memory; likely right"),
            bpl=None,
            bpl_from=NOT_PUBLISHED,
            bit_rate_bps=rate * 1000,
            frame_s=0.000125,
            look_ahead_s=0.0015,
            delay_from=medium("about 1.5 ms for its filters"),
            payload_from=VENDOR_RATES,
            # It samples at 16 kHz; RFC 3551 keeps an old error on purpose.
            rtp_clock_hz=8000,
            clock_from=RTP_PROFILE,
        )


_AMR_WB = Codec(
    key="amr-wb",
    name="AMR-WB",
    scale=Scale.CQEW,
    ie=0.0,
    ie_from=rates.AMR_WB_MONOTIC,
    bpl=None,
    bpl_from=NOT_PUBLISHED,
    bit_rate_bps=0.0,
    frame_s=0.020,
    look_ahead_s=0.005,
    delay_from=BY_THE_BOOK,
    packet_overhead_bits=4,
    frame_overhead_bits=6,
    payload_from=_AMR_PAYLOAD,
    rtp_clock_hz=16_000,
    clock_from=DYNAMIC,
)


def _amr_wb() -> Iterator[Codec]:
    diotic = rates.AMR_WB_DIOTIC_BPL
    for rate, ie in rates.AMR_WB_MONOTIC_IE.items():
        yield replace(
            _AMR_WB,
            key=f"amr-wb-{rate}",
            name=f"AMR-WB {rate}k",
            ie=ie,
            bpl_from=_FOR_BOTH_EARS if rate in diotic else NOT_PUBLISHED,
            provisional_bpl=diotic.get(rate, PESSIMISTIC_BPL),
            bit_rate_bps=float(rate) * 1000,
        )
    for rate, ie in rates.AMR_WB_DIOTIC_IE.items():
        yield replace(
            _AMR_WB,
            key=f"amr-wb-{rate}-diotic",
            name=f"AMR-WB {rate}k, both ears",
            ie=ie,
            ie_from=rates.AMR_WB_DIOTIC,
            bpl=diotic.get(rate),
            bpl_from=rates.AMR_WB_DIOTIC_LOSS if rate in diotic else NOT_PUBLISHED,
            bit_rate_bps=float(rate) * 1000,
        )


def _evs() -> Iterator[Codec]:
    for rate, (ie, bpl) in rates.EVS_IE_BPL.items():
        yield Codec(
            key=f"evs-{rate}",
            name=f"EVS-SWB {rate}k",
            scale=Scale.CQEF,
            ie=ie,
            ie_from=rates.EVS,
            bpl=bpl,
            bpl_from=rates.EVS,
            bit_rate_bps=float(rate) * 1000,
            frame_s=0.020,
            look_ahead_s=0.012,
            delay_from=medium("3GPP TS 26.441: 32 ms in all"),
            frame_overhead_bits=8,
            payload_from=medium("3GPP TS 26.445 Annex A, header-full"),
            rtp_clock_hz=16_000,
            clock_from=DYNAMIC,
        )


def _opus() -> Iterator[Codec]:
    modes: Sequence[tuple[str, Scale, str, Sequence[rates.Row]]] = (
        ("nb", Scale.CQE, "vbr", rates.OPUS_NB_VBR),
        ("nb", Scale.CQE, "cbr", rates.OPUS_NB_CBR),
        ("wb", Scale.CQEW, "vbr", rates.OPUS_WB_VBR),
        ("wb", Scale.CQEW, "cbr", rates.OPUS_WB_CBR),
        ("swb", Scale.CQEF, "vbr", rates.OPUS_SWB_VBR),
        ("swb", Scale.CQEF, "cbr", rates.OPUS_SWB_CBR),
    )
    for band, scale, kind, rows in modes:
        for rate, ie, bpl in rows:
            yield Codec(
                key=f"opus-{band}-{kind}-{rate}",
                name=f"Opus {band.upper()} {kind.upper()} {rate}k",
                scale=scale,
                ie=ie,
                ie_from=rates.OPUS,
                bpl=bpl,
                bpl_from=rates.OPUS,
                bit_rate_bps=rate * 1000,
                frame_s=0.020,
                look_ahead_s=0.0065,
                delay_from=medium("RFC 6716"),
                payload_from=medium("its bit rate; with VBR a mean"),
                rtp_clock_hz=48_000,
                clock_from=high("RFC 7587: 48000 whatever the band"),
            )


ALL_CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        codec.key: codec
        for codec in (
            *NARROWBAND,
            *_amr(),
            *_g722(),
            *_amr_wb(),
            *_evs(),
            *_opus(),
        )
    }
)
"""Every codec that can be scored, by key; narrowband first."""
