"""From two polls of a device to its metrics."""

from qosbot.domain.metrics.continuity import life_between
from qosbot.domain.metrics.probes import probe_metrics
from qosbot.domain.metrics.traffic import class_metrics, interface_metrics
from qosbot.domain.metrics.values import DeviceMetrics, Reason
from qosbot.domain.samples import ClassSample, DeviceSample, FlowDirection


def derive(earlier: DeviceSample | None, later: DeviceSample) -> DeviceMetrics:
    """Return what `later` says, given the poll before it, or None if there was none.

    Rows are joined by name (interface; interface, direction and class path; operation), never
    by index.  A row that only the earlier poll has yields nothing: it may just not have been read.

    Raises:
        ValueError: if the polls are of two devices.
    """
    if earlier is not None and earlier.device != later.device:
        raise ValueError(f"cannot subtract {earlier.device} from {later.device}")
    life = life_between(earlier, later)
    interfaces = {row.interface: row for row in earlier.interfaces} if earlier else {}
    classes = {_class_key(row): row for row in earlier.classes} if earlier else {}
    probes = {row.operation: row for row in earlier.probes} if earlier else {}
    partial = (Reason.PARTIAL_WALK,) if later.gaps else ()
    return DeviceMetrics(
        device=later.device,
        taken_at=later.taken_at,
        continuity=life.continuity,
        interfaces=tuple(
            interface_metrics(interfaces.get(row.interface), row, life) for row in later.interfaces
        ),
        classes=tuple(
            class_metrics(classes.get(_class_key(row)), row, life) for row in later.classes
        ),
        probes=tuple(
            probe_metrics(probes.get(row.operation), row, later, life) for row in later.probes
        ),
        reasons=(*life.reasons, *partial),
        gaps=later.gaps,
    )


def _class_key(row: ClassSample) -> tuple[str, FlowDirection, tuple[str, ...]]:
    return row.interface, row.direction, row.class_path
