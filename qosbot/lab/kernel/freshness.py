"""Telling net-snmp to read the kernel's interfaces for each request, not every three seconds.

Three seconds are nothing to a poll a minute, and most of one in a demo of four seconds: octets
would be of another moment than the drops beside them.
"""

import asyncio

from pyasn1.codec.ber import encoder  # type: ignore[import-untyped]  # it ships no types
from pysnmp.proto import api

from qosbot.lab.kernel.namespaces import KernelError, Namespace

_CACHE_OF_INTERFACES = (1, 3, 6, 1, 4, 1, 8072, 1, 5, 3, 1, 2, 1, 3, 6, 1, 2, 1, 2, 2)
"""NET-SNMP-AGENT-MIB::nsCacheTimeout of ifTable, in seconds."""

_TRIES = 20
_ANSWER_WITHIN_S = 1.0


async def count_afresh(inside: Namespace, community: str) -> None:
    """Let the agent in a namespace keep interface counters for no time at all.

    Raises:
        KernelError: if it does not answer.
    """
    own = inside.udp_socket()
    own.connect(("127.0.0.1", 161))
    loop = asyncio.get_running_loop()
    try:
        for _ in range(_TRIES):
            own.send(_set_request(community))
            try:
                await asyncio.wait_for(loop.sock_recv(own, 65535), _ANSWER_WITHIN_S)
            except (TimeoutError, OSError):
                continue
            return
    finally:
        own.close()
    raise KernelError(f"{inside.name}: snmpd does not answer")


def _set_request(community: str) -> bytes:
    version = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
    request = version.SetRequestPDU()
    version.apiPDU.set_defaults(request)
    version.apiPDU.set_varbinds(request, [(_CACHE_OF_INTERFACES, version.Integer(0))])
    message = version.Message()
    version.apiMessage.set_defaults(message)
    version.apiMessage.set_community(message, community)
    version.apiMessage.set_pdu(message, request)
    return bytes(encoder.encode(message))
