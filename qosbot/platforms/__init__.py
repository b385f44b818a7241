"""All that is known about vendors; `PLATFORMS` is the one list of them."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from qosbot.domain.audit.facts import AuditFacts
from qosbot.platforms.cisco_ios.dialect import CiscoIosDialect
from qosbot.platforms.cisco_ios.facts import read
from qosbot.platforms.cisco_ios.oids import CiscoIosPlan
from qosbot.ports.polling import ReadingPlan

PLATFORMS: Mapping[str, Callable[[], ReadingPlan]] = MappingProxyType(
    {"cisco_ios": CiscoIosPlan, "cisco_xe": CiscoIosPlan}
)
"""netmiko's names to reading plans; IOS-XE answers as IOS does."""

DIALECTS: Mapping[str, CiscoIosDialect] = MappingProxyType(
    {"cisco_ios": CiscoIosDialect(), "cisco_xe": CiscoIosDialect()}
)
"""netmiko's names to configuration languages; a device of another one is only watched."""

AUDITED: Mapping[str, Callable[[str, str], AuditFacts]] = MappingProxyType(
    {name: partial(read, platform=name) for name in ("cisco_ios", "cisco_xe")}
)
"""netmiko's names to what reads a running configuration, given with a name for its device."""
