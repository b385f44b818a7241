"""Configurations for the compiler's tests, written in IOS's lines."""

from qosbot.lab.kernel.compiler import Compiled, compile_interface
from qosbot.lab.kernel.queues import Queue, Tree, policy_tree
from qosbot.lab.mqc import DeviceConfig, parse
from qosbot.lab.topology import Layer2, Port

EF = "class-map match-any VOICE\n match dscp ef\n"


def config(policy: str, maps: str = EF, interface: str = "") -> DeviceConfig:
    return parse(
        f"{maps}{policy}interface GigabitEthernet0/1\n service-policy output WAN\n{interface}"
    )


def port(rate_bps: float = 4e6, layer2: Layer2 = Layer2.ETHERNET) -> Port:
    return Port(
        name="GigabitEthernet0/1", rate_out_bps=rate_bps, rate_in_bps=rate_bps, layer2=layer2
    )


def compiled(policy: str, maps: str = EF, layer2: Layer2 = Layer2.ETHERNET) -> Compiled:
    return compile_interface(config(policy, maps), port(layer2=layer2), "ge0-1")


def tree(policy: str, port_bps: float = 4e6, said_bps: float = 4e6) -> Tree:
    known = config(policy)
    root = known.policy("WAN")
    assert root is not None
    return policy_tree(known, root, port_bps, said_bps)


def queue(of: Tree, *path: str) -> Queue:
    """Return the queue that a class's packets go to."""
    return next(one for one in of.queues if one.minor == of.places[path].queue)
