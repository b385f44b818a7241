"""The files that an operator writes, read and checked as a whole."""

from qosbot.adapters.files.inventory import load_inventory

__all__ = ["load_inventory"]
