"""The AsyncAPI 3 document of live events, made from the classes of events."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, get_type_hints

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from tasks.domain.event_details import DETAILS
from tasks.domain.events import SCHEMA_VERSION, Event, EventType
from web.api import chat_stream
from web.api.schemas.jobs import JobSummary
from web.realtime.json_schema import schema_of

_EVENT_ID: Final = {
    "type": "string",
    "description": "`MILLISECONDS-SEQUENCE`; compare as two numbers, not as text.",
    "examples": ["1795240522046-0"],
}
_MEANINGS: Final = {
    "event_id": _EVENT_ID["description"],
    "stage": "The stage of the step; null if the event is about the whole job.",
    "scene": "The scene of the step, from 0; null if the step belongs to no scene.",
    "progress_percent": "Progress of the whole job; never runs backwards on a connection.",
    "eta_seconds": "Estimated seconds until the job's end; null if unknown.",
    "eta_range": "10th and 90th percentile of `eta_seconds`.",
    "message": "A few words for a person.",
}
_CHANNELS: Final[dict[str, dict[str, Any]]] = {
    "socketio": {
        "address": "/socket.io/",
        "title": "Socket.IO",
        "description": "Every event is emitted under its `event_type`, after `subscribe_progress`. "
        "Reply: `{ok: true, snapshot}` or `{ok: false, error_code, user_message}`.",
    },
    "websocket": {
        "address": "/progress/{session_id}",
        "title": "WebSocket",
        "description": "JSON texts: first a snapshot, then events. `?last_event_id=` resumes.",
        "parameters": {"session_id": {"description": "The session's id, or a ticket."}},
    },
    "sse": {
        "address": "/process/{job_id}/events",
        "title": "Server-Sent Events",
        "description": "The `event` of a message is its `event_type`. An `EventSource` needs a "
        "listener for each type. `Last-Event-ID` resumes.",
        "parameters": {"job_id": {"description": "The job's id."}},
    },
    "chat": {
        "address": "/api/projects/{project_id}/chat",
        "title": "Chat about a project's plan",
        "description": "What `POST` answers with `Accept: text/event-stream`, as Server-Sent "
        "Events: first `started`, then `answer` or `error`. It is not resumed: send the message "
        "again, or get the plan and its chat.",
        "parameters": {"project_id": {"description": "The project's id."}},
    },
}
_CHAT: Final = {f"chat_{name}": data for name, data in chat_stream.EVENTS.items()}
"""The messages of a streamed chat."""


@cache
def document() -> dict[str, Any]:
    """Return the document; it is the same for all callers."""
    messages = {kind.value: _message(kind) for kind in EventType}
    messages |= {
        "snapshot": {
            "name": "snapshot",
            "summary": "The session as of `last_event_id`; the first message of a WebSocket.",
            "payload": {"$ref": "#/components/schemas/Snapshot"},
        },
        "subscribe_progress": {
            "name": "subscribe_progress",
            "summary": "Subscribe to the events of a session.",
            "payload": {"$ref": "#/components/schemas/SubscribeProgress"},
        },
    }
    messages |= {
        name: {
            "name": name.removeprefix("chat_"),
            "title": name,
            "summary": " ".join((data.__doc__ or "").split()),
            "payload": {"$ref": f"#/components/schemas/{data.__name__}"},
        }
        for name, data in _CHAT.items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Callsheet events",
            "version": str(SCHEMA_VERSION),
            "description": "What happens to sessions and jobs, live. Three transports carry the "
            "same events. `chat` is the streamed answer of one request.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name) for name in _CHANNELS},
        "operations": _operations(),
        "components": {"schemas": _schemas(), "messages": messages},
    }


def event_schema(kind: EventType) -> dict[str, Any]:
    """Return the JSON Schema of one kind of event."""
    hints = get_type_hints(Event)
    properties = {name: schema_of(hint) for name, hint in hints.items() if hint is not EventType}
    for name, meaning in _MEANINGS.items():
        properties[name]["description"] = meaning
    properties["version"] = {"const": SCHEMA_VERSION}
    properties["event_id"] = dict(_EVENT_ID)
    properties["event_type"] = {"const": kind.value}
    properties["progress_percent"] |= {"minimum": 0, "maximum": 100}
    properties["details"] = schema_of(DETAILS[kind])
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _message(kind: EventType) -> dict[str, Any]:
    return {
        "name": kind.value,
        "title": kind.value,
        "summary": " ".join((DETAILS[kind].__doc__ or "").split()),
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{_class_name(kind)}"},
    }


def _class_name(kind: EventType) -> str:
    return DETAILS[kind].__name__


def _schemas() -> dict[str, Any]:
    """Return the schemas of all messages; nested ones are inlined."""
    convert = _converter().schema2jsonschema
    job: dict[str, Any] = convert(JobSummary())
    return {
        **{_class_name(kind): event_schema(kind) for kind in EventType},
        **{data.__name__: convert(data()) for data in _CHAT.values()},
        "Snapshot": {
            "type": "object",
            "required": [
                *("event_type", "last_event_id", "message", "progress_percent", "session_id"),
            ],
            "properties": {
                "event_type": {"const": "snapshot"},
                "session_id": {"type": "string"},
                "progress_percent": {
                    "type": "number",
                    "minimum": 0,
                    "maximum": 100,
                    "description": "Progress of the newest job; 0 if there is none.",
                },
                "message": {"type": "string", "description": "The same for its message."},
                "jobs": {
                    "type": "array",
                    "items": job,
                    "description": "The jobs, the newest first. Live processes (`live.url` of "
                    "`GET /capabilities`) do not read the database and leave it out: use "
                    "`GET /session/{session_id}/status`.",
                },
                "last_event_id": dict(_EVENT_ID),
            },
        },
        "SubscribeProgress": {
            "type": "object",
            "required": ["session_id"],
            "properties": {
                "session_id": {"type": "string"},
                "last_event_id": dict(_EVENT_ID),
                "token": {"type": "string", "description": "An access token, where it is needed."},
                "link": {
                    "type": "string",
                    "description": "For a live process: `live_url` of `POST /api/tickets`.",
                },
                "ticket": {
                    "type": "string",
                    "description": "For a live process: `ticket` of `POST /api/tickets`, instead "
                    "of a link. It can be used once.",
                },
            },
        },
    }


def _converter() -> Any:
    # Without a name a nested schema is inlined, which the types of apispec do not know.
    plugin = MarshmallowPlugin(schema_name_resolver=lambda _: None)  # type: ignore[arg-type, return-value]
    APISpec("", "", "3.1.0", plugins=[plugin])
    return plugin.converter


def _received(channel: str) -> list[str]:
    """Return the names of the messages that a client receives on a channel."""
    if channel == "chat":
        return list(_CHAT)
    names = [kind.value for kind in EventType]
    if channel == "socketio":
        return names
    names.remove(EventType.RESOURCE_ALERT.value)
    return [*names, "snapshot"] if channel == "websocket" else names


def _channel(name: str) -> dict[str, Any]:
    sent = ["subscribe_progress"] if name == "socketio" else []
    messages = {
        message: {"$ref": f"#/components/messages/{message}"}
        for message in (*_received(name), *sent)
    }
    return _CHANNELS[name] | {"messages": messages}


def _operations() -> dict[str, Any]:
    """Return what a client does: it receives events, and subscribes first on Socket.IO."""
    receive = {
        f"receive_{name}": {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{name}"},
            "messages": [
                {"$ref": f"#/channels/{name}/messages/{message}"} for message in _received(name)
            ],
        }
        for name in _CHANNELS
    }
    subscribe = {
        "action": "send",
        "channel": {"$ref": "#/channels/socketio"},
        "messages": [{"$ref": "#/channels/socketio/messages/subscribe_progress"}],
    }
    return receive | {"subscribe_progress": subscribe}
