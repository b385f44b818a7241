"""Reading the arguments of a request to the lab: what names a device, a path or a link."""

from qosbot.lab.given import BadRequestError, Given
from qosbot.lab.mib_interfaces import short_name
from qosbot.lab.topology import NODE, PATHS

__all__ = ["Arguments", "BadRequestError"]


class Arguments(Given):
    """The arguments of one request to the lab."""

    def device(self, default: str | None = None) -> str:
        """Take a device of the lab."""
        return self.choice("device", tuple(NODE), default)

    def path(self) -> str:
        """Take a voice path of the lab."""
        return self.choice("path", tuple(PATHS))

    def interface(self, device: str) -> str:
        """Take a physical interface of a device, by its long or its short name."""
        wanted = self.text("interface")
        names = [port.name for port in NODE[device].ports]
        for name in names:
            if wanted.lower() in {name.lower(), short_name(name).lower()}:
                return name
        raise BadRequestError(f"{device} has {', '.join(names)}, not {wanted!r}")

    def link(self) -> tuple[str, str]:
        """Take a link, written `device interface`."""
        device, _, interface = self.text("link").partition(" ")
        inner = Arguments({"device": device, "interface": interface})
        known = inner.device()
        return known, inner.interface(known)
