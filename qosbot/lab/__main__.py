"""`python -m qosbot.lab --dir DIR`: the lab without the rest of the program."""

import argparse
import sys
from pathlib import Path

from qosbot.lab.kernel.running import kernel_lab
from qosbot.lab.process import run


def main() -> None:
    """Run the lab."""
    parser = argparse.ArgumentParser(prog="qosbot.lab", description="A network on loopback.")
    parser.add_argument("--dir", type=Path, default=Path(".qosbot/lab"), dest="directory")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kernel", action="store_true", help="On real queues; needs root.")
    chosen = parser.parse_args()
    make = kernel_lab if chosen.kernel else None
    run(chosen.directory, seed=chosen.seed, ready=sys.stdout, make=make)


if __name__ == "__main__":
    main()
