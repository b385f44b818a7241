"""What `qosbot mos` says of one call, for people and for programs."""

import json
from typing import TYPE_CHECKING

from qosbot.cli.tables import Row, show

if TYPE_CHECKING:
    from qosbot.domain.bands import Bands
    from qosbot.domain.call_advice import Remedy
    from qosbot.domain.call_score import Call, CallScore
    from qosbot.domain.delay_impairments import Numbers
    from qosbot.render.plain_json import JsonTree


def print_score(call: "Call", bands: "Bands", *, as_json: bool) -> None:
    """Print the score of a call, or end in words where one is refused."""
    import numpy as np
    import typer

    from qosbot.cli.door import Exit, complain
    from qosbot.domain.call_advice import caveats, remedies
    from qosbot.domain.call_score import packet_time_s, score_call

    try:
        call.codec.payload_bytes(packet_time_s(call))
        score = score_call(call)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    said = caveats(call, score)
    if np.isnan(score.r):
        complain("; ".join(said), "--allow-provisional lets a provisional Bpl stand in")
        raise typer.Exit(Exit.WRONG_USE)
    helps = remedies(call)
    if as_json:
        print(json.dumps(answer(call, score, bands, helps, said), indent=2))
        return
    title = f"{call.codec.name}, scored by ITU-T {_recommendation(score)}"
    rows = [*_score_rows(score, bands), *_input_rows(call, score), *_cost_rows(score)]
    show(title, ["what", "value", "made of"], [*rows, *_help_rows(helps)])
    for words in said:
        print(f"note: {words}")


def answer(
    call: "Call",
    score: "CallScore",
    bands: "Bands",
    helps: "tuple[Remedy, ...]",
    said: tuple[str, ...],
) -> "JsonTree":
    """Return all of it as JSON's own types."""
    from qosbot.render.plain_json import tree

    terms = ("ro", "simultaneous", "idte", "idle", "idd", "ie_eff", "advantage")
    return {
        "codec": call.codec.key,
        "recommendation": _recommendation(score),
        "scale": score.scale.value,
        "r": float(score.r),
        "mos": float(score.mos),
        "band": bands.of(float(score.mos)).value,
        "ceiling_mos": float(score.ceiling_mos),
        "best_mos": float(score.best_mos),
        "fullband_scale_r": float(score.common_r),
        "is_provisional": score.is_provisional,
        "delay": {"mouth_to_ear_s": float(score.mouth_to_ear_s), "parts": tree(_delay_parts(call))},
        "loss": {
            "network_ratio": _one(call.loss_ratio),
            "late_ratio": float(score.late_ratio),
            "ratio": float(score.loss_ratio),
            "burst_ratio": _one(call.burst_ratio),
        },
        "jitter": {
            "jitter_s": _one(call.jitter_s),
            "kind": call.jitter_kind.value,
            "jitter_buffer_s": _one(call.jitter_buffer_s),
        },
        "echo": call.echo.value,
        "costs": {name: {"r": cost, "mos": _mos_cost(score, cost)} for name, cost in _costs(score)},
        "terms": {name: float(getattr(score.rating, name)) for name in terms},
        "would_help": tree(helps),
        "caveats": list(said),
    }


def _recommendation(score: "CallScore") -> str:
    from qosbot.domain.call_score import RECOMMENDATION

    return RECOMMENDATION[score.scale]


def _delay_parts(call: "Call") -> dict[str, float]:
    """Return what was added up, by name; nothing where the whole was given."""
    from qosbot.domain.call_score import packet_time_s
    from qosbot.domain.playout import DECODER_S

    if call.mouth_to_ear_s is not None:
        return {}
    return {
        "network_s": _one(call.network_delay_s),
        "packet_time_s": packet_time_s(call),
        "look_ahead_s": call.codec.look_ahead_s,
        "jitter_buffer_s": _one(call.jitter_buffer_s),
        "decoder_s": DECODER_S,
    }


def _one(number: "Numbers") -> float:
    """Return an input of a single call as the number that it is."""
    import numpy as np

    return float(np.asarray(number))


def _costs(score: "CallScore") -> list[tuple[str, float]]:
    return [
        ("delay", float(score.delay_cost)),
        ("loss", float(score.loss_cost)),
        ("codec", float(score.codec_cost)),
    ]


def _mos_cost(score: "CallScore", r_cost: float) -> float:
    """Return how much better the call would be without one cost, all others kept."""
    from qosbot.domain.scales import mos_on

    return float(mos_on(score.scale, score.r + r_cost) - score.mos)


def _score_rows(score: "CallScore", bands: "Bands") -> list[Row]:
    mos = float(score.mos)
    ceiling = (
        f"{float(score.ceiling_mos):.3f} is what this codec reaches at this delay without loss"
    )
    provisional = "provisional" if score.is_provisional else ""
    return [
        ["R", f"{float(score.r):.3f}", provisional],
        [f"MOS-{score.scale}", f"{mos:.3f}", ceiling],
        ["band", bands.of(mos).value, ""],
    ]


def _input_rows(call: "Call", score: "CallScore") -> list[Row]:
    parts = {
        name.removesuffix("_s").replace("_", " "): f"{part_s * 1e3:g}"
        for name, part_s in _delay_parts(call).items()
    }
    added = " + ".join(f"{name} {ms}" for name, ms in parts.items()) or "given as a whole"
    lost = f"network {_one(call.loss_ratio) * 100:.3g} + late {float(score.late_ratio) * 100:.3g}"
    jitter = f"jitter {_one(call.jitter_s) * 1e3:g} ms, {call.jitter_kind}"
    buffer = f"buffer {_one(call.jitter_buffer_s) * 1e3:g} ms"
    return [
        ["mouth to ear", f"{float(score.mouth_to_ear_s) * 1e3:.1f} ms", added],
        ["loss", f"{float(score.loss_ratio) * 100:.3g} %", f"{lost} ({jitter}; {buffer})"],
        ["echo", call.echo.value, ""],
    ]


def _cost_rows(score: "CallScore") -> list[Row]:
    return [
        [f"{name} costs", f"{cost:.2f} R", f"{_mos_cost(score, cost):.2f} MOS"]
        for name, cost in _costs(score)
    ]


def _help_rows(helps: "tuple[Remedy, ...]") -> list[Row]:
    if not helps:
        return [["would help most", "-", "nothing that is known would"]]
    return [
        ["would help most" if i == 0 else "or", f"+{remedy.mos_gain:.2f} MOS", remedy.words]
        for i, remedy in enumerate(helps)
    ]
