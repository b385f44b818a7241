"""The inventory as changes that stayed have made it: a codec that new calls speak by now.

paths.yaml says what its owner knew when it was written.  Until it says the same, a path whose
codec was changed is judged by what its calls really speak: the new codec's ceiling is lower, and
a score by the old one would flatter it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from qosbot.domain.intents import PreferCodec
from qosbot.domain.inventory import Inventory
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import State

STAYS = frozenset({State.CONFIRMING, State.SAVING, State.DONE})
"""Where a change is that is kept, or about to be."""


def inventory_after(inventory: Inventory, proposal: Proposal) -> Inventory:
    """Return the inventory as it is once the calls follow a change; the same for most changes."""
    intent = proposal.change.intent
    if not isinstance(intent, PreferCodec):
        return inventory
    changed = {
        name: replace(path, codec=intent.codec) if name in proposal.blast_radius else path
        for name, path in inventory.paths.items()
    }
    return replace(inventory, paths=MappingProxyType(changed))


def inventory_in_force(inventory: Inventory, stayed: Iterable[Proposal]) -> Inventory:
    """Return the inventory after changes that stayed, given the oldest first."""
    for one in stayed:
        inventory = inventory_after(inventory, one)
    return inventory


def codecs_not_in_files(written: Inventory, in_force: Inventory) -> Mapping[str, str]:
    """Return the paths whose calls speak another codec than paths.yaml says, and which."""
    return {
        name: path.codec
        for name, path in in_force.paths.items()
        if path.codec != written.paths[name].codec
    }
