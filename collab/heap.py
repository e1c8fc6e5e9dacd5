"""What a serving process does with its memory once everything is loaded."""

import gc


def pause_collections() -> None:
    """Let nothing be collected until `freeze_heap`: what is being loaded is no rubbish.

    The collections of a start would take a third of its time.
    """
    gc.disable()


def freeze_heap() -> None:
    """Take all that lives now out of the garbage collector's sight; call it once, when loaded.

    Modules, models and routes are some 300,000 objects that never die. Each full collection
    would walk through them, 50 to 150 ms in the middle of a request; frozen, they are passed over
    and a collection looks at what requests made. What was frozen is still freed by its reference
    count, but never as part of a cycle: so nothing of a request may live yet.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
