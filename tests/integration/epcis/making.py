"""Tracking events made up for tests: one plain, and any at all."""

from typing import Any

from hypothesis import strategies as st

CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
NAMESPACE = "https://ns.example.com/tracking/"


def plain_event(**changed: Any) -> dict[str, Any]:
    """Return a bare event that is accepted; a value of ``None`` leaves a field out."""
    event = {
        "@context": [*CONTEXT, {"own": NAMESPACE}],
        "type": "ObjectEvent",
        "eventTime": "2026-07-22T06:45:00.125+02:00",
        "eventTimeZoneOffset": "+02:00",
        "action": "OBSERVE",
        "epcList": ["urn:epc:id:sscc:4012345.0000000111", "urn:epc:id:sscc:4012345.0000000222"],
        "bizStep": "shipping",
        "disposition": "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987"},
        "bizTransactionList": [
            {"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:5200001000008:4711"}
        ],
        "own:seal": "S-17",
    } | changed
    return {key: value for key, value in event.items() if value is not None}


def document(*events: Any, **changed: Any) -> dict[str, Any]:
    """Return an EPCIS document of events."""
    found = {
        "@context": [*CONTEXT, {"own": NAMESPACE}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-07-22T10:30:00Z",
        "epcisBody": {"eventList": list(events)},
    } | changed
    return {key: value for key, value in found.items() if value is not None}


_serials = st.integers(1, 40)
_sscc = st.builds(lambda n: f"urn:epc:id:sscc:4012345.0{n:09d}", _serials)
_item = st.builds(lambda n: f"urn:epc:id:sgtin:4012345.011111.{n}", _serials)
_class = st.builds(lambda n: f"urn:epc:class:lgtin:4012345.0123{n % 5}5.L{n}", _serials)
_place = st.builds(
    lambda n, ext: {"id": f"urn:epc:id:sgln:4012345.0000{n}.{ext}"},
    st.integers(1, 4),
    st.sampled_from(["0", "17"]),
)
_quantity = st.fixed_dictionaries(
    {"epcClass": _class, "quantity": st.one_of(st.integers(0, 500), st.sampled_from([1.5, 26.25]))},
    optional={"uom": st.sampled_from(["KGM", "MTR", "H87"])},
)
_party = st.sampled_from(["owning_party", "possessing_party"])
_gln = st.builds(lambda n: f"urn:epc:id:pgln:4012345.0000{n}", st.integers(1, 4))
_report = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Temperature", "Acceleration"]),
        "value": st.sampled_from([4, 7.5, 26.0, -3]),
        "uom": st.sampled_from(["CEL", "MSK"]),
    },
    optional={"deviceID": st.just("urn:epc:id:giai:4000001.111")},
)


def _why() -> dict[str, Any]:
    return {
        "bizStep": st.sampled_from(["shipping", "receiving", "https://example.com/step/wait"]),
        "disposition": st.sampled_from(["in_transit", "damaged"]),
        "persistentDisposition": st.sampled_from(
            [{"set": ["recalled"]}, {"unset": ["recalled"], "set": ["stolen"]}]
        ),
        "readPoint": _place,
        "bizLocation": _place,
        "sourceList": st.lists(
            st.fixed_dictionaries({"type": _party, "source": _gln}), min_size=1, max_size=2
        ),
        "destinationList": st.lists(
            st.fixed_dictionaries({"type": _party, "destination": _gln}), min_size=1, max_size=2
        ),
        "sensorElementList": st.lists(
            st.fixed_dictionaries({"sensorReport": st.lists(_report, min_size=1, max_size=2)}),
            min_size=1,
            max_size=2,
        ),
        "errorDeclaration": st.fixed_dictionaries(
            {"declarationTime": st.just("2026-07-25T10:00:00Z")},
            optional={
                "reason": st.sampled_from(["incorrect_data", "did_not_occur"]),
                "correctiveEventIDs": st.just(["urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"]),
            },
        ),
        "own:seal": st.sampled_from(["S-1", "S-2", 7, "007"]),
        "own:notes": st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2),
    }


_transactions = st.lists(
    st.builds(
        lambda kind, n: {"type": kind, "bizTransaction": f"urn:epcglobal:cbv:bt:5200001000008:{n}"},
        st.sampled_from(["desadv", "po"]),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=2,
)
_ssccs = st.lists(_sscc, min_size=1, max_size=3, unique=True)
_items = st.lists(_item, min_size=1, max_size=3, unique=True)
_quantities = st.lists(_quantity, min_size=1, max_size=2)
_actions = st.sampled_from(["ADD", "OBSERVE", "DELETE"])


def _kind(name: str, **own: Any) -> Any:
    needed = {key: value for key, value in own.items() if not key.startswith("may_")}
    optional = {key[4:]: value for key, value in own.items() if key.startswith("may_")}
    time = st.builds(
        lambda day, hour: f"2026-07-{day:02d}T{hour:02d}:15:30.250+02:00",
        st.integers(1, 28),
        st.integers(0, 23),
    )
    return st.fixed_dictionaries(
        {
            "@context": st.just([*CONTEXT, {"own": NAMESPACE}]),
            "type": st.just(name),
            "eventTime": time,
            "eventTimeZoneOffset": st.just("+02:00"),
            **needed,
        },
        optional={**_why(), **optional},
    )


any_event = st.one_of(
    _kind(
        "ObjectEvent",
        action=_actions,
        epcList=_ssccs,
        may_quantityList=_quantities,
        may_bizTransactionList=_transactions,
    ),
    _kind(
        "AggregationEvent",
        action=_actions,
        parentID=_sscc,
        childEPCs=_items,
        may_childQuantityList=_quantities,
    ),
    _kind("TransactionEvent", action=_actions, bizTransactionList=_transactions, epcList=_ssccs),
    _kind(
        "TransformationEvent",
        inputEPCList=_items,
        outputQuantityList=_quantities,
        may_transformationID=st.just("urn:epc:id:gdti:0614141.12345.400"),
    ),
    _kind("AssociationEvent", action=_actions, parentID=_sscc, childEPCs=_items),
)
"""Bare events of all kinds, accepted, over few things, places and days, so that many share them."""
