from qosbot.domain.metrics.derive import derive
from qosbot.domain.metrics.values import (
    ClassMetrics,
    Continuity,
    DeviceMetrics,
    Grade,
    InterfaceMetrics,
    Invalid,
    Measured,
    Metric,
    NotMeasured,
    ProbeDirection,
    ProbeMetrics,
    Reason,
    grade_of,
)

__all__ = [
    "ClassMetrics",
    "Continuity",
    "DeviceMetrics",
    "Grade",
    "InterfaceMetrics",
    "Invalid",
    "Measured",
    "Metric",
    "NotMeasured",
    "ProbeDirection",
    "ProbeMetrics",
    "Reason",
    "derive",
    "grade_of",
]
