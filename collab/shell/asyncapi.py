"""The AsyncAPI 3.0 description of what is sent and received outside of requests and answers.

Made from the code's own topics and schemas, so that it cannot say anything else.
"""

from typing import Any, Final

from collab.integration.mqtt import plain
from collab.integration.mqtt.sparkplug import REBIRTH
from collab.integration.mqtt.topics import FROM_NODES, PLAIN_ROOT, READINGS, SPARKPLUG_ROOT, Kind
from collab.live.topics import known_topics

Node = dict[str, Any]
VERSION: Final = "3.0.0"
TRACKING_STREAM: Final = "/ws/epcis/queries/{name}"
_FRAME_KINDS: Final = ("html", "data", "gone", "hello", "idle", "resync")


def description() -> Node:
    """Return the whole document, in the order it is read."""
    channels = {
        "liveFeed": _live_feed(),
        "trackingStream": _tracking_stream(),
        "readings": _plain(),
    }
    channels |= {f"sparkplug{kind}": _sparkplug(kind) for kind in (*FROM_NODES, Kind.NCMD)}
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Collab",
            "version": "1",
            "description": "Live feed of pages, stream of tracking events, readings of devices.",
        },
        "servers": _servers(),
        "channels": channels,
        "operations": {
            "sendFrames": _operation("send", "liveFeed"),
            "sendTrackingEvents": _operation("send", "trackingStream"),
            "receiveReadings": _operation("receive", "readings"),
            **{f"receive{kind}": _operation("receive", f"sparkplug{kind}") for kind in FROM_NODES},
            "askForBirth": _operation("send", f"sparkplug{Kind.NCMD}"),
        },
        "components": {"schemas": {"Frame": _frame(), **_plain_schemas()}},
    }


def _servers() -> Node:
    return {
        "sockets": {
            "host": "{host}",
            "protocol": "wss",
            "variables": {"host": {"description": "Of this installation."}},
        },
        "devices": {
            "host": "{host}:8883",
            "protocol": "mqtts",
            "protocolVersion": "5.0",
            "description": "Every device has an account of its own: user name and password.",
            "variables": {"host": {"description": "Of the installation's broker."}},
        },
    }


def _live_feed() -> Node:
    return {
        "address": "/ws/live/",
        "servers": [{"$ref": "#/servers/sockets"}],
        "description": (
            "One socket a signed-in page, authenticated by the web session's cookie and an Origin "
            "of ours. ?since=<number> first sends what came after that frame."
        ),
        "messages": {
            "frame": {
                "contentType": "application/json",
                "payload": {"$ref": "#/components/schemas/Frame"},
            }
        },
    }


def _frame() -> Node:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["k"],
        "properties": {
            "s": {"type": "integer", "description": "Number of the frame in the viewer's feed."},
            "t": {"type": "string", "enum": list(known_topics())},
            "k": {"type": "string", "enum": list(_FRAME_KINDS)},
            "id": text | {"description": "Element that the fragment replaces."},
            "into": text | {"description": "List that the fragment is put into first."},
            "html": text | {"description": "Rendered for the viewer, in its language."},
            "data": {"type": "object", "description": "Figures for scripts."},
            "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    }


def _tracking_stream() -> Node:
    return {
        "address": TRACKING_STREAM,
        "servers": [{"$ref": "#/servers/sockets"}],
        "description": (
            "Events of a named EPCIS 2.0 query as they are recorded: bearer key with "
            "inventory:read, ?since=<time> first sends what was recorded from then on."
        ),
        "parameters": {"name": {"description": "Of a named query."}},
        "messages": {
            "document": {
                "contentType": "application/json",
                "payload": {"type": "object", "description": "EPCISQueryDocument in JSON-LD."},
            }
        },
    }


def _plain() -> Node:
    return {
        "address": f"{PLAIN_ROOT}/{{tenant}}/{{device}}/{READINGS}",
        "servers": [{"$ref": "#/servers/devices"}],
        "parameters": {
            "tenant": {"description": "The organisation's name in addresses of pages."},
            "device": {"description": "Code of the device, as it is registered."},
        },
        "messages": {
            "readings": {
                "contentType": "application/json",
                "payload": {"$ref": "#/components/schemas/Message"},
                "bindings": {"mqtt": {"payloadFormatIndicator": 1}},
            }
        },
    }


def _plain_schemas() -> Node:
    schema = plain.json_schema()["$defs"]
    assert isinstance(schema, dict)
    return {name: _relocated(each) for name, each in sorted(schema.items())}


def _relocated(value: Any) -> Any:
    """Return a part of the schema with its references pointing into components."""
    if isinstance(value, dict):
        return {key: _relocated(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_relocated(each) for each in value]
    is_reference = isinstance(value, str) and value.startswith("#/$defs/")
    return value.replace("#/$defs/", "#/components/schemas/") if is_reference else value


def _sparkplug(kind: Kind) -> Node:
    ending = "/{device}" if kind.names_device else ""
    parameters = {
        "tenant": {"description": "Sparkplug's group: the organisation's name in addresses."},
        "node": {"description": "Edge node: code of the device that signs in."},
    }
    if kind.names_device:
        parameters["device"] = {"description": "Behind the node; registered as node:device."}
    about = f"Sparkplug B payload, {kind}."
    if kind is Kind.NCMD:
        about = f"Asks for the birth again: metric {REBIRTH}, true."
    return {
        "address": f"{SPARKPLUG_ROOT}/{{tenant}}/{kind}/{{node}}{ending}",
        "servers": [{"$ref": "#/servers/devices"}],
        "parameters": parameters,
        "messages": {
            "payload": {
                "contentType": "application/octet-stream",
                "description": about,
                "payload": {"type": "string", "format": "binary"},
            }
        },
    }


def _operation(action: str, channel: str) -> Node:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}
