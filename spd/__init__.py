"""SPD follows every medical consumable of a hospital from supplier to patient."""

__version__ = "0.1.0"

if not __debug__:  # assertions guard the ledger: they are part of the program, not of its tests
    raise RuntimeError("SPD does not run under python -O: its assertions guard stock and money. Start it without -O.")
