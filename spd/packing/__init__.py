"""Processing: fixed-quantity packs made from bulk."""

from spd.packing.make import MixedPack, NotPackable, PackMade, PacksAsked, PacksMade, make_packs

__all__ = ["MixedPack", "NotPackable", "PackMade", "PacksAsked", "PacksMade", "make_packs"]
