"""`qosbot mos`: what a call would sound like, without any network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qosbot.cli.codecs import codec_named
from qosbot.cli.door import guarded
from qosbot.cli.options import AsJson

if TYPE_CHECKING:
    from qosbot.domain.bands import Bands
    from qosbot.domain.call_score import Call

_DEFAULT_PLOT = ("g711", "g711-noplc", "g729a")
_MS = "MS"

Codecs = Annotated[
    list[str] | None,
    typer.Option(
        "--codec",
        "-c",
        metavar="CODEC",
        help="`qosbot codecs` lists them; several with --plot.",
    ),
]
DelayMs = Annotated[
    float,
    typer.Option(
        "--delay-ms",
        min=0,
        max=5000,
        metavar=_MS,
        help="One-way delay of the network.  Packet time, look-ahead, jitter buffer and decoder "
        "are added and shown.",
    ),
]
MouthToEarMs = Annotated[
    float | None,
    typer.Option(
        "--mouth-to-ear-ms",
        min=0,
        max=10_000,
        metavar=_MS,
        help="The whole delay; overrides --delay-ms and all that would be added.",
    ),
]
JitterMs = Annotated[float, typer.Option("--jitter-ms", min=0, max=10_000, metavar=_MS)]
JitterKindName = Literal["mean_abs_ipdv", "rfc3550", "stddev", "p2p", "y1541"]
JitterKindOption = Annotated[
    JitterKindName,
    typer.Option(
        "--jitter-kind",
        help="What --jitter-ms means; by default the mean absolute variation between neighbours.",
    ),
]
JitterBufferMs = Annotated[
    float, typer.Option("--jitter-buffer-ms", min=0, max=1000, metavar=_MS, help="Nominal delay.")
]
PacketTimeMs = Annotated[
    float | None,
    typer.Option(
        "--packet-time-ms",
        min=0.125,
        max=500,
        metavar=_MS,
        help="[default: the codec's usual one]",
        show_default=False,
    ),
]
LossPct = Annotated[
    float,
    typer.Option(
        "--loss-pct",
        min=0,
        max=100,
        metavar="PERCENT",
        help="Lost in the network; what jitter makes late is added and shown.",
    ),
]
BurstRatio = Annotated[
    float, typer.Option("--burst-ratio", min=1, max=8, help="1: losses are random.")
]
EchoName = Annotated[
    Literal["symmetric", "none"],
    typer.Option(
        "--echo", help="T = Ta, Tr = 2 Ta with the default echo loss; or perfect control."
    ),
]
Advantage = Annotated[
    float, typer.Option("--advantage", min=0, max=20, help="A: what users forgive, e.g. mobile 5.")
]
DelayClassName = Annotated[
    Literal["default", "low", "very_low"],
    typer.Option("--delay-class", help="How sensitive to delay people are (Table 1 of G.107)."),
]
AllowProvisional = Annotated[
    bool,
    typer.Option(
        "--allow-provisional", help="Let a provisional Bpl stand in where none is published."
    ),
]
BandEnds = Annotated[
    str,
    typer.Option(
        "--bands",
        envvar="QOSBOT_MOS_BANDS",
        metavar="MOS,MOS,MOS,MOS",
        help="Least MOS of Excellent, Good, Fair and Poor.",
    ),
]
CsvFile = Annotated[
    Path | None,
    typer.Option(
        "--csv", metavar="FILE", help="Score each row of FILE instead; docs/emodel.md has its form."
    ),
]
PlotFile = Annotated[
    Path | None,
    typer.Option(
        "--plot", metavar="FILE.png|svg", help="Draw MOS over loss and over delay instead."
    ),
]


@guarded
def mos(
    context: typer.Context,
    *,
    codecs: Codecs = None,
    delay_ms: DelayMs = 0.0,
    mouth_to_ear_ms: MouthToEarMs = None,
    jitter_ms: JitterMs = 0.0,
    jitter_kind: JitterKindOption = "mean_abs_ipdv",
    jitter_buffer_ms: JitterBufferMs = 40.0,
    packet_time_ms: PacketTimeMs = None,
    loss_pct: LossPct = 0.0,
    burst_ratio: BurstRatio = 1.0,
    echo: EchoName = "symmetric",
    advantage: Advantage = 0.0,
    delay_class: DelayClassName = "default",
    allow_provisional: AllowProvisional = False,
    bands: BandEnds = "4.3,4.0,3.5,3.0",
    csv_file: CsvFile = None,
    plot_file: PlotFile = None,
    as_json: AsJson = False,
) -> None:
    """Compute R and MOS of a call by the E-model, and show what each impairment costs.

    Wideband and fullband codecs are scored by G.107.1 and G.107.2, each on a scale of its own.
    """
    if csv_file is not None:
        from qosbot.cli.mos_csv import score_csv

        _require_alone(context, "csv_file")
        score_csv(csv_file)
        return
    from qosbot.domain.call_score import Call, Echo
    from qosbot.domain.delay_impairments import DelayClass
    from qosbot.domain.playout import JitterKind

    def call(key: str) -> Call:
        try:
            return Call(
                codec=codec_named(key),
                network_delay_s=delay_ms / 1e3,
                mouth_to_ear_s=None if mouth_to_ear_ms is None else mouth_to_ear_ms / 1e3,
                packet_time_s=None if packet_time_ms is None else packet_time_ms / 1e3,
                jitter_s=jitter_ms / 1e3,
                jitter_kind=JitterKind(jitter_kind),
                jitter_buffer_s=jitter_buffer_ms / 1e3,
                loss_ratio=loss_pct / 1e2,
                burst_ratio=burst_ratio,
                echo=Echo(echo),
                advantage=advantage,
                delay_class=DelayClass(delay_class),
                is_provisional_allowed=allow_provisional,
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    words = _bands(bands)
    if plot_file is not None:
        _plot([call(key) for key in codecs or _DEFAULT_PLOT], words, plot_file)
        return
    if codecs is None or len(codecs) != 1:
        raise typer.BadParameter(
            "name one codec; `qosbot codecs --benchmark` compares several", param_hint="--codec"
        )
    from qosbot.cli.mos_answer import print_score

    print_score(call(codecs[0]), words, as_json=as_json)


def _require_alone(context: typer.Context, name: str) -> None:
    """Refuse what was given beside an option that has no use for it."""
    given = [
        option.opts[0]
        for option in context.command.params
        if option.name and option.name != name
        # By its name: typer brings a copy of click of its own.
        if getattr(context.get_parameter_source(option.name), "name", "") == "COMMANDLINE"
    ]
    if given:
        raise typer.BadParameter(
            f"stands alone: each row says all of its connection; leave out {', '.join(given)}",
            param_hint="--csv",
        )


def _bands(ends: str) -> "Bands":
    from qosbot.domain.bands import Bands

    try:
        excellent, good, fair, poor = (float(end) for end in ends.split(","))
    except ValueError:
        raise typer.BadParameter(
            f"four scores such as 4.3,4.0,3.5,3.0, not {ends!r}", param_hint="--bands"
        ) from None
    try:
        return Bands(excellent=excellent, good=good, fair=fair, poor=poor)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--bands") from None


def _plot(calls: "list[Call]", bands: "Bands", path: Path) -> None:
    from qosbot.domain.errors import ConfigurationError, Problem
    from qosbot.render.mos_plot import MOST_CODECS, mos_plot

    kind = path.suffix.lower()
    if kind not in {".png", ".svg"}:
        raise typer.BadParameter(f"{path} must end in .png or .svg", param_hint="--plot")
    if len(calls) > MOST_CODECS:
        raise typer.BadParameter(
            f"at most {MOST_CODECS} codecs can be told apart", param_hint="--plot"
        )
    content = mos_plot(calls, bands, "svg" if kind == ".svg" else "png")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(
            [Problem(file=str(path), line=0, what=f"cannot be written: {error.strerror}")]
        ) from error
    print(path)
