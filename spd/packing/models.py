"""This file is the tables of packing: recipes in versions, and checks of labels. Kits are in `stock.kits`."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Id, Instant, Name, Quantity


class PackRecipe(AppendOnly, Base):
    """One version of how many base units of a product go into a pack; the newest holds, nothing ends it.

    Packs made before keep what they were made with.
    """

    __tablename__ = "pack_recipes"
    __table_args__ = (UniqueConstraint("code", "version"), CheckConstraint("quantity >= 0", name="not_negative"))

    id: Mapped[Id]
    code: Mapped[Code]
    """On its card: the same for every version."""
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[Quantity]
    """Base units in a pack; 0 ends the recipe."""
    version: Mapped[int]
    set_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class LabelCheck(AppendOnly, Base):
    """A label scanned on the pack it was made for: it was put on, and it reads."""

    __tablename__ = "label_checks"

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), unique=True)
    checked_at: Mapped[Instant]
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class KitRecipe(AppendOnly, Base):
    """One version of what a procedure's kit holds; the newest version of a code holds."""

    __tablename__ = "kit_recipes"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[Id]
    code: Mapped[Code]
    """On its card: the same for every version."""
    name: Mapped[Name]
    name_en: Mapped[Name] = mapped_column(default="")
    version: Mapped[int]
    retired: Mapped[bool] = mapped_column(default=False)
    set_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    lines: Mapped[list[KitRecipeLine]] = relationship(order_by="KitRecipeLine.line", lazy="selectin")


class KitRecipeLine(AppendOnly, Base):
    """So many base units of one product in a kit."""

    __tablename__ = "kit_recipe_lines"
    __table_args__ = (UniqueConstraint("recipe_id", "line"), CheckConstraint("quantity > 0", name="holds_something"))

    id: Mapped[Id]
    recipe_id: Mapped[int] = mapped_column(ForeignKey("kit_recipes.id"))
    line: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    quantity: Mapped[Quantity]
