"""A process of its own that keeps writing polls: `store_writer DATABASE DEVICE COUNT`."""

import sys

from qosbot.adapters.sql import SqlStore
from qosbot.domain.metrics import derive
from tests.contracts.store_values import at, sample


def main(database: str, device: str, count: str) -> None:
    """Write one poll a minute of lab time, and a line for each that is kept."""
    with SqlStore.open(database, busy_timeout_s=60.0) as store:
        for minutes in range(int(count)):
            now = sample(device, minutes=minutes, octets=1000 * minutes)
            earlier = store.baseline([device]).get(device)
            store.record_poll(now.taken_at, [now], [derive(earlier, now)], {"mute": "no answer"})
            store.record_scores(at(minutes), [])
            sys.stdout.write(f"{minutes}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
