"""The goods of the founding story, as the inventory tests know them."""

from tests.inventory.conftest import goods

__all__ = ["goods"]
