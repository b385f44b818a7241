"""`python -m tests.lab_truth DIR`: the same loads and policies through both labs, side by side.

Writes the raw figures as JSON, the table as Markdown and the plot as SVG.  Needs root; takes about
five minutes.  Voice is that of one direction, from the branch to Paris.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.running import RunningLab, mos, running_lab

SETTLED_S = 10
MEAN_CHANGE = 1.128
"""The mean size of the difference of two independent draws, by their standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A load on a path and a policy on its branch's uplink."""

    name: str
    path: str
    device: str
    interface: str
    calls: int
    data_bps: float
    policy: tuple[str, ...] = ()


def llq(action: str, *more: str) -> tuple[str, ...]:
    maps = ("class-map match-any T-VOICE", "match dscp ef", "policy-map T-WAN", "class T-VOICE")
    return (*maps, action, *more)


def lyon(name: str, data_bps: float, policy: tuple[str, ...] = ()) -> Case:
    return Case(
        name=name,
        path="par-lyo",
        device="lyo-ce1",
        interface="GigabitEthernet0/1",
        calls=12,
        data_bps=data_bps,
        policy=policy,
    )


def nantes(name: str, policy: tuple[str, ...]) -> Case:
    return Case(
        name=name,
        path="par-nan",
        device="nan-ce1",
        interface="Serial0/0/0",
        calls=8,
        data_bps=2_000_000,
        policy=policy,
    )


SHAPED = (*llq("priority percent 33"), "policy-map T-OUT", "class class-default")
FAIR = ("policy-map T-WAN", "class class-default", "fair-queue")
CASES = (
    lyon("4 Mbit/s, no policy, data 1.0", 1_000_000),
    lyon("4 Mbit/s, no policy, data 2.6", 2_600_000),
    lyon("4 Mbit/s, no policy, data 3.0", 3_000_000),
    lyon("4 Mbit/s, no policy, data 4.6", 4_600_000),
    lyon("... priority percent 33", 4_600_000, llq("priority percent 33")),
    lyon("... priority 400 (too small)", 4_600_000, llq("priority 400")),
    lyon("... bandwidth percent 33", 4_600_000, llq("bandwidth percent 33")),
    lyon(
        "... bandwidth 33 %, data fair-queue",
        4_600_000,
        llq("bandwidth percent 33", "class class-default", "fair-queue"),
    ),
    lyon("... fair-queue alone", 4_600_000, FAIR),
    lyon(
        "... LLQ under a shaper of 3.8",
        4_600_000,
        (*SHAPED, "shape average 3800000", "service-policy T-WAN"),
    ),
    nantes("2 Mbit/s, no policy, data 2.0", ()),
    nantes("... priority percent 33", llq("priority percent 33")),
    nantes("... bandwidth percent 33", llq("bandwidth percent 33")),
)


def measured(lab: RunningLab, case: Case, fixed_s: float) -> dict[str, float]:
    """Return the voice's figures of a case; the configuration is as before afterwards."""
    line = f"interface {case.interface}"
    outer = "T-OUT" if "policy-map T-OUT" in case.policy else "T-WAN"
    attach = [line, f"service-policy output {outer}"] if case.policy else []
    detach = [line, "no service-policy output WAN-OUT"] if case.path == "par-nan" else []
    shown = lab.configure(case.device, [*detach, *case.policy, *attach])
    if "%" in shown.replace("percent", ""):
        raise ValueError(shown)
    lab.do("load", path=case.path, direction="backward", calls=case.calls, data_bps=case.data_bps)
    lab.do("clock", step_s=SETTLED_S)
    flows: Any = lab.do("show", what="path", path=case.path)["backward"]
    voice = next(flow for flow in flows if flow["kind"] == "voice")
    lab.do("fault", kind="reboot", device=case.device)
    lab.do("load", reset=True)
    deviation_s = voice["delay_deviation_s"]
    variation_s = voice.get("variation_s") or MEAN_CHANGE * deviation_s
    queued_s = voice["delay_s"] - fixed_s
    return {
        "loss_ratio": voice["loss_ratio"],
        "queueing_s": queued_s,
        "deviation_s": deviation_s,
        "variation_s": variation_s,
        "mos": mos(voice["loss_ratio"], variation_s, queued_s + 0.01),
    }


def fixed_delay_s(lab: RunningLab, case: Case) -> float:
    """Return what the model adds for serialization and propagation: an idle path's delay."""
    lab.do("load", path=case.path, direction="backward", calls=1, data_bps=1000)
    flows: Any = lab.do("show", what="path", path=case.path)["backward"]
    lab.do("load", reset=True)
    voice = next(flow for flow in flows if flow["kind"] == "voice")
    return float(voice["delay_s"])


def measure(directory: Path) -> list[dict[str, Any]]:
    """Return each case with the figures of both labs."""
    rows: list[dict[str, Any]] = [{"name": case.name} for case in CASES]
    with running_lab(directory / "model") as lab:
        for row, case in zip(rows, CASES, strict=True):
            row["model"] = measured(lab, case, fixed_delay_s(lab, case))
    with running_lab(directory / "kernel", "--kernel") as lab:
        for row, case in zip(rows, CASES, strict=True):
            row["kernel"] = measured(lab, case, 0.0)
            sys.stderr.write(json.dumps(row) + "\n")
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the table as Markdown; each cell is model / kernel."""
    lines = [
        "| load and policy | loss % | queueing ms | deviation ms | MOS |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [
            " / ".join(f"{scale * row[lab][key]:.{places}f}" for lab in ("model", "kernel"))
            for key, scale, places in (
                ("loss_ratio", 100, 1),
                ("queueing_s", 1000, 1),
                ("deviation_s", 1000, 1),
                ("mos", 1, 2),
            )
        ]
        lines.append(f"| {row['name']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw MOS and loss of both labs, case by case."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only this needs it

    figure = Figure(figsize=(9, 5.5), layout="constrained")
    for axes, (key, scale, label) in zip(
        figure.subplots(1, 2, sharey=True),
        (("mos", 1.0, "MOS of voice"), ("loss_ratio", 100.0, "loss of voice, %")),
        strict=True,
    ):
        places = range(len(rows))
        for lab, offset, colour in (("model", -0.2, "#7a7a7a"), ("kernel", 0.2, "#1f6fb2")):
            values = [scale * row[lab][key] for row in rows]
            axes.barh([at + offset for at in places], values, 0.38, label=lab, color=colour)
        axes.set_xlabel(label)
        axes.set_yticks(list(places), [row["name"] for row in rows])
        if key == "mos":
            axes.invert_yaxis()
        else:
            axes.legend(loc="upper right")
    figure.savefig(path)


def main() -> None:
    """Measure, or draw again what was measured."""
    directory = Path(sys.argv[1])
    raw = directory / "lab-truth.json"
    if "--draw" not in sys.argv:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as name:
            raw.write_text(json.dumps(measure(Path(name)), indent=1) + "\n", encoding="utf-8")
    rows = json.loads(raw.read_text(encoding="utf-8"))
    sys.stdout.write(table(rows))
    plot(rows, directory / "lab-truth.svg")


if __name__ == "__main__":
    main()
