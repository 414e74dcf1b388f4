"""Processing: fixed-quantity packs made from bulk."""

from spd.packing.make import MixedPack, NotPackable, PacksAsked, PacksMade, make_packs

__all__ = ["MixedPack", "NotPackable", "PacksAsked", "PacksMade", "make_packs"]
