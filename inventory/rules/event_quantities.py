"""Which tracking events add stock at a site, and which take it away.

Only steps at which goods enter or leave what a site holds count; moving, packing, inspecting and
counting leave the sum as it is. Words are those of GS1's core business vocabulary (CBV 2.0).
"""

from typing import Final

ADDING_STEPS: Final = frozenset({"receiving", "commissioning", "void_shipping"})
TAKING_STEPS: Final = frozenset(
    {"shipping", "decommissioning", "destroying", "dispensing", "retail_selling"}
)
COUNTED_ROLES: Final = frozenset({"epc", "epc_class"})
INPUT_ROLES: Final = frozenset({"input", "input_class"})
OUTPUT_ROLES: Final = frozenset({"output", "output_class"})


def sign_of(*, kind: str, action: str, biz_step: str, role: str) -> int:
    """Return +1 where a thing in ``role`` adds stock at the place of the event, -1 or 0.

    A transformation uses up its inputs and makes its outputs, whatever step it is. An object event
    that observes goods (``OBSERVE``) or brings them into being (``ADD``) adds at an adding step;
    one that ends them (``DELETE``) only takes. Children of a pallet are counted where they are
    received or shipped themselves: packing moves nothing.
    """
    if kind == "TransformationEvent":
        return (role in OUTPUT_ROLES) - (role in INPUT_ROLES)
    if kind not in {"ObjectEvent", "TransactionEvent"} or role not in COUNTED_ROLES:
        return 0
    if biz_step in TAKING_STEPS:
        return -1
    if biz_step in ADDING_STEPS and action != "DELETE":
        return 1
    return 0
