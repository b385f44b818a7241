"""The namespaces of one lab, made and wired; closing it removes them all."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from qosbot.lab.kernel.namespaces import Namespace
from qosbot.lab.kernel.wiring import (
    configure_commands,
    link_command,
    links,
    namespaces,
    raising_commands,
)

_SYSCTLS = {
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/conf/all/send_redirects": "0",
}
"""Per namespace: the machine's own are in another one."""


class Plant:
    """All namespaces of a lab, by name."""

    def __init__(self) -> None:
        """Make and wire them.

        Raises:
            KernelError: if the kernel or its tools refuse.
        """
        self._open = ExitStack()
        self.namespaces: dict[str, Namespace] = {}
        try:
            self._make()
        except BaseException:
            self.close()
            raise

    def __getitem__(self, name: str) -> Namespace:
        """Return a namespace."""
        return self.namespaces[name]

    def _make(self) -> None:
        for name in namespaces():
            self.namespaces[name] = self._open.enter_context(Namespace(name))
            with self.namespaces[name].entered():
                for key, value in _SYSCTLS.items():
                    path = Path("/proc/sys") / key
                    if path.exists():
                        path.write_text(value, encoding="ascii")
        for link in links():
            near, far = link
            command = link_command(link, self.namespaces[far.namespace].path)
            self.batch(near.namespace, "ip", [command])
        for name in self.namespaces:
            self.batch(name, "ip", configure_commands(name))

    def batch(self, namespace: str, tool: str, commands: list[str]) -> None:
        """Let `ip` or `tc` obey commands in a namespace, the first refusal ends it.

        Raises:
            KernelError: if one is refused.
        """
        if commands:
            self.namespaces[namespace].run([tool, "-batch", "-"], "\n".join(commands) + "\n")

    def bring_up(self, namespace: str, device: str) -> None:
        """Bring a link up, with the neighbours and routes that it lost when it went down."""
        self.batch(namespace, "ip", raising_commands(namespace, device))

    def close(self) -> None:
        """Let the kernel remove everything."""
        self._open.close()

    def __enter__(self) -> Self:
        """Return the plant itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Remove everything."""
        self.close()
