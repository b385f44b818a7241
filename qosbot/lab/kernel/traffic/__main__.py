"""`python -m qosbot.lab.kernel.traffic PROGRAM`: one of the programs that make the traffic."""

import argparse
import sys
from collections.abc import Sequence

from qosbot.lab.given import BadRequestError
from qosbot.lab.kernel.traffic.bulk import BulkSender
from qosbot.lab.kernel.traffic.probe import Prober
from qosbot.lab.kernel.traffic.program import LONGEST_S, Program, die_with_parent, run, say
from qosbot.lab.kernel.traffic.receiver import Receiver
from qosbot.lab.kernel.traffic.responder import Responder
from qosbot.lab.kernel.traffic.sender import Sender
from qosbot.lab.kernel.traffic.sink import Sink, listening_for_tcp
from qosbot.lab.kernel.traffic.sockets import listening


def main() -> None:
    """Run a program until its orders end."""
    die_with_parent()
    chosen = _arguments().parse_args()
    if not 0 < chosen.seconds <= LONGEST_S:
        sys.exit(f"--seconds must be more than 0 and at most {LONGEST_S:g}")
    try:
        program, ports = _program(chosen)
    except BadRequestError as error:
        sys.exit(str(error))
    say({"event": "ready", "ports": ports})
    run(program, seconds=chosen.seconds)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="qosbot.lab.kernel.traffic", description=__doc__)
    programs = parser.add_subparsers(dest="program", required=True)
    made = {
        name: programs.add_parser(name)
        for name in ("sender", "receiver", "bulk", "sink", "probe", "responder")
    }
    for known in made.values():
        known.add_argument("--seconds", type=float, default=LONGEST_S)
    for name in ("receiver", "sink", "responder"):
        made[name].add_argument("--listen", action="append", required=True, metavar="ADDRESS:PORT")
    made["sender"].add_argument("--seed", type=int, default=1)
    made["sender"].add_argument("--max-packets-per-s", type=float, default=20_000.0)
    made["receiver"].add_argument("--grace-s", type=float, default=2.0)
    made["receiver"].add_argument("--every-s", type=float, default=1.0)
    return parser


def _program(chosen: argparse.Namespace) -> tuple[Program, Sequence[int]]:
    """Return the program that was chosen, and the ports that it listens on."""
    match chosen.program:
        case "sender":
            return Sender(seed=chosen.seed, max_packets_per_s=chosen.max_packets_per_s), ()
        case "bulk":
            return BulkSender(), ()
        case "probe":
            return Prober(), ()
        case "sink":
            listeners = [listening_for_tcp(text) for text in chosen.listen]
            return Sink(listeners), [known.getsockname()[1] for known in listeners]
    stamped = [listening(text) for text in chosen.listen]
    ports = [known.socket.getsockname()[1] for known in stamped]
    if chosen.program == "responder":
        return Responder(stamped), ports
    return Receiver(stamped, grace_s=chosen.grace_s, every_s=chosen.every_s), ports


if __name__ == "__main__":
    main()
