"""Heads kept in a folder outside the database, so that a log cut short there is found out here.

Whoever owns the database can shorten a log together with its heads; the folder of the signed
states (the audit chains' own, ``COLLAB_CHECKPOINTS``) still has what was signed before.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from collab.events.transparency.heads import BadHead, SignedHead

KEPT_EVERY: Final = timedelta(minutes=10)
_DIGITS: Final = 15


def keep(folder: Path, head: SignedHead) -> bool:
    """Write a head as a file of its own, never over another one; say whether it is new.

    The newest is always kept, older ones ten minutes apart, as far as the folder lets go of any.
    """
    own = _own(folder, head.log_id)
    own.mkdir(parents=True, exist_ok=True)
    before = list(islice(_files(own), 2))
    path = own / f"{head.tree_size:0{_DIGITS}d}.json"
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(head.body(), indent=1) + "\n", encoding="utf-8")
    try:
        os.link(unfinished, path)  # whole or not at all
    except FileExistsError:
        return False
    finally:
        unfinished.unlink()
    if len(before) == 2 and _read(before[0]).at - _read(before[1]).at < KEPT_EVERY:
        with suppress(PermissionError):  # a folder to which one may only add keeps them all
            before[0].unlink()
    return True


def kept(folder: Path, log_id: str) -> Iterator[SignedHead]:
    """Yield a log's kept heads, newest first; raises ``BadHead`` for what is none.

    Signatures are not checked here.
    """
    for path in _files(_own(folder, log_id)):
        yield _read(path)


def _files(own: Path) -> Iterator[Path]:
    return iter(sorted(own.glob("*.json"), reverse=True))


def _read(path: Path) -> SignedHead:
    try:
        return SignedHead.read(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise BadHead(f"expected a signed head in {path.name}: {error}") from None


def _own(folder: Path, log_id: str) -> Path:
    tenant, _, name = log_id.partition("/")
    return folder / tenant / "ledger" / name
