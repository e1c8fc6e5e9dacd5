"""What the prefixes of a JSON-LD document stand for. Contexts are never fetched."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from collab.integration.epcis.faults import Wrong

STANDARD: Final[Mapping[str, str]] = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": "https://ref.gs1.org/cbv/",
    "gs1": "https://gs1.org/voc/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
"""The prefixes of GS1's own context, which documents name by its address."""

STANDARD_URL: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
MOST_TERMS: Final = 500
_ENDS = "/#:"


class Context:
    """Prefixes and terms in force at one place of a document; ``inline`` are the sender's own."""

    __slots__ = ("_keys", "inline", "terms")

    def __init__(self, inline: Mapping[str, str]) -> None:
        self.inline = inline
        self.terms = {**STANDARD, **inline}
        self._keys: dict[str, str] = {}

    def extended(self, value: Any, path: str) -> "Context":
        """Return the context with a further ``@context`` on top; ``Wrong`` if it is none."""
        added = dict(_inline(value, path))
        return Context({**self.inline, **added}) if added else self

    def expanded(self, text: str) -> str:
        """Return a compact URI written out; anything else as it is."""
        head, colon, rest = text.partition(":")
        if not colon:
            return self.inline.get(text, text)
        if head in self.terms and not rest.startswith("//"):
            return self.terms[head] + rest
        return text

    def name_of(self, key: str) -> str:
        """Return an extension's key as ``{namespace}name``, empty if it carries no namespace."""
        if key not in self._keys:
            self._keys[key] = self._named(key)
        return self._keys[key]

    def _named(self, key: str) -> str:
        head, colon, rest = key.partition(":")
        if colon and head in self.terms and rest and not rest.startswith("//"):
            return f"{{{self.terms[head]}}}{rest}"
        whole = self.inline.get(key, key) if not colon else key
        if "://" not in whole and not whole.startswith("urn:"):
            return ""
        cut = 1 + max(whole.rfind(sign) for sign in _ENDS)
        return f"{{{whole[:cut]}}}{whole[cut:]}" if cut < len(whole) else ""


PLAIN: Final = Context({})


def context_of(value: Any, path: str = "@context") -> Context:
    """Return what a document's ``@context`` says; ``Wrong`` if it is no context."""
    if not value:
        raise Wrong(
            path, "the address of the EPCIS context, and prefixes of your own if any", value
        )
    return PLAIN.extended(value, path)


def _inline(value: Any, path: str) -> Iterable[tuple[str, str]]:
    """Yield the terms that a context defines itself; addresses stand for the standard one."""
    parts = value if isinstance(value, list) else [value]
    count = 0
    for part in parts:
        if isinstance(part, str):
            continue
        if not isinstance(part, dict):
            raise Wrong(path, "an address or an object of prefixes", part)
        for term, meaning in part.items():
            count += 1
            if count > MOST_TERMS:
                raise Wrong(path, f"at most {MOST_TERMS} prefixes")
            found = meaning.get("@id") if isinstance(meaning, dict) else meaning
            if term.startswith("@") or found is None:
                continue
            if not isinstance(found, str) or ":" not in found:
                raise Wrong(f"{path}.{term}", "a namespace, which is a URI", found)
            yield term, found
