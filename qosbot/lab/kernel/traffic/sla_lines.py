"""What a probe prints, as the value that the CLI and the agents of the lab show.

Apart from the probe itself, which has to start fast: the score needs numpy.
"""

from collections.abc import Mapping
from dataclasses import fields, replace

from qosbot.lab.given import BadRequestError
from qosbot.lab.observed import SlaRun
from qosbot.lab.probes import SENSE_OK, voice_score
from qosbot.lab.sla import SlaOperation

_CHANGES = ("positives_sd", "negatives_sd", "positives_ds", "negatives_ds")
_ONE_WAY = tuple(field.name for field in fields(SlaRun) if field.name.startswith("one_way"))


def run_of(
    line: Mapping[str, object], operation: SlaOperation, *, clocks_in_sync: bool = True
) -> SlaRun:
    """Return a run as a device shows it, with its score.

    Args:
        line: what the probe printed.
        operation: what the device has configured.
        clocks_in_sync: whether the device trusts its clock; else it shows no one-way times.

    Raises:
        BadRequestError: if the line is not a run.
    """
    values = {field.name: line.get(field.name) for field in fields(SlaRun)}
    for name in _CHANGES:
        values[name] = _four(values[name])
    if line.get("event") != "run" or None in values.values():
        raise BadRequestError(f"not a run of a probe: {line!r}")
    if not clocks_in_sync:
        values |= dict.fromkeys(_ONE_WAY, 0) | {"clocks_in_sync": False}
    run = SlaRun(**values)  # type: ignore[arg-type]  # the probe made them of the same fields
    if run.sense != SENSE_OK:
        return run
    loss_ratio = 1 - run.received / max(run.sent, 1)
    mean_s = run.rtt_sum_us / run.received / 1e6
    mos, icpif = voice_score(operation.codec, loss_ratio, mean_s / 2)
    return replace(run, mos_hundredths=mos, icpif=icpif)


def _four(value: object) -> tuple[int, ...] | None:
    return tuple(value) if isinstance(value, list) else None
