"""What IOS says when it refuses a line that it understood.

The texts marked (U) are as remembered by engineers and not backed by a recorded session; all of
them are here, so that a better source changes one table.
"""

CLASS_MAP_IN_USE = "% Class-map {name} is being used"
POLICY_MAP_IN_USE = "% Policy-map {name} is being used"  # (U)
NO_CLASS_MAP = "% class map {name} not configured"  # (U)
NO_POLICY_MAP = "% policy map {name} not configured"  # (U)
ALREADY_ATTACHED = "Policy map {name} is already attached"  # (U)
OUTPUT_ONLY = "CBWFQ : Can be enabled as an output feature only"  # (U)
SHAPE_FIRST = "CBWFQ : Hierarchy supported only if shaping is configured in this class"  # (U)
CHILD_QUEUES = "please remove queuing feature from child policy first"  # seen on an ASR1000
NESTED_IN_ITSELF = "% Policy-map {name} cannot be nested in itself"  # (U)
EXCLUSIVE = "Must deconfigure {held} before configuring {wanted} in class {name}"  # (U)
DEFAULT_CLASS_PRIORITY = "% priority is not supported in class class-default"  # (U)
MIXED_UNITS = "All classes with bandwidth should have consistent units"  # (U)
OVER_100 = "Sum total of class bandwidths exceeds 100 percent"  # (U)
TOO_MUCH = (
    "I/f {interface} class {name} requested bandwidth {wanted} {unit}, "
    "available only {available} {unit}"
)  # (U)
RUNNING_ENTRY = (
    "Entry already running and cannot be modified\n"
    "\t(only can delete (no) and start over)\n"
    "\t(check to see if the probe has finished exiting)"
)  # (U)
NO_ENTRY = "%Entry not configured"  # (U)
FREQUENCY_BELOW_TIMEOUT = "%Illegal Value: Cannot set Frequency to be less than Timeout"  # (U)
THRESHOLD_ABOVE_TIMEOUT = "%Illegal Value: Cannot set Threshold to be greater than Timeout"  # (U)
PHYSICAL = "% Removal of physical interfaces is not permitted"
CODEC_TWICE = "codec {codec} is already configured as preference {preference}"  # (U)
CODEC_OR_CLASS = "% {held} is configured on this dial-peer; remove it first"  # (U)
NEEDS_ARCHIVE = "%Please turn config archive on before using Rollback Confirmed Change"  # (U)
NOTHING_PENDING = "%No Rollback Confirmed Change pending"
ALREADY_PENDING = "%Rollback Confirmed Change already pending"  # (U)
