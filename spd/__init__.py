"""SPD follows every medical consumable of a hospital from supplier to patient."""
