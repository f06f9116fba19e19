"""What a node with a token must not be able to do, as it would try: named as on the docs' page."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import redis

from tasks.domain.events import Event, EventType
from tasks.messaging import keys
from tasks.messaging.call_keys import HEADER, CallKeys
from tasks.messaging.routing import unacked
from tasks.messaging.stage_call import StageCall
from tasks.nodes.mailbox import sign
from tasks.nodes.registry import Node
from tests.web import fake_nodes as samples
from web.workers.tokens import Token

OWN = "media@media-1.host.1"
OTHER = "xtts@gpu-9.host.1"
KEY = "a" * 64
SESSION = "of-somebody-else"
ASSEMBLE = StageCall("job", 1, 1, "assemble", None)
"""In the queue of the node's environment; its worker holds it."""
VOICE = StageCall("job", 1, 1, "voice", 0)
"""In another one's; another worker holds it."""

VERDICT = {"code": "NO_FACE", "reason": "No face."}

USAGE: dict[str, Any] = {
    **dict.fromkeys(("memory_percent", "storage_percent", "cpu_percent"), 1.0),
    **dict.fromkeys(("memory_available_mb", "storage_free_mb"), 1),
    **dict.fromkeys(("network_sent", "network_received"), 1),
    "load_percent": 1.0,
    "host": "host",
}

CARD = {"name": "GPU-1", "memory_mb": 1000}


@dataclass(frozen=True, slots=True)
class Intruder:
    """A node that tries what it should not: with its token, its key and no manners."""

    redis: redis.Redis
    token: Token

    def request(self, do: str, **arguments: Any) -> None:
        """Add a request that it has signed."""
        self.put(json.dumps({"id": "1", "do": do, "worker": OWN, **arguments}))

    def put(self, text: str, signature: str | None = None) -> None:
        own = sign(self.token.key.secret, self.token.name, text)
        entry = {"request": text, "signature": own if signature is None else signature}
        self.redis.xadd(keys.inbox(self.token.name), entry)

    def event(self, kind: EventType, call: StageCall = ASSEMBLE, **altered: Any) -> None:
        details = {"device": "cpu", **altered.pop("details", {})}
        worker = altered.pop("worker", OWN)
        sent = {"type": kind.value, "message": "", "share": 0.0, **altered}
        self.request("emit", call=call.args, worker=worker, details=details, **sent)

    def beat(self, name: str = OWN, **altered: Any) -> None:
        node = Node(name, "media", "host", 1, "cpu", 100, 1000, ())
        told = json.loads(node.to_json()) | {"extra": {"usage": USAGE}} | altered
        self.request("beat", node=told)


Deed = Callable[[Intruder], object]

REFUSED_BY_REDIS: dict[str, Deed] = {
    # scripts
    "load a script (`SCRIPT LOAD`)": lambda n: n.redis.script_load("while true do end"),
    "run a script of its own (`EVAL`)": lambda n: n.redis.eval("return 1", 0),
    "run a read-only script of its own (`EVAL_RO`)": lambda n: n.redis.eval_ro("return 1", 0),
    "delete all scripts (`SCRIPT FLUSH`)": lambda n: n.redis.script_flush(),
    "kill a running script (`SCRIPT KILL`)": lambda n: n.redis.script_kill(),
    "load a function (`FUNCTION LOAD`)": lambda n: n.redis.function_load(
        "#!lua name=own\nredis.register_function('own', function() return 1 end)"
    ),
    "delete functions": lambda n: n.redis.function_flush(),
    "call a function (`FCALL`)": lambda n: n.redis.fcall("own", 0),
    # the event stream and the sessions' streams
    "read the event stream": lambda n: n.redis.xrange(keys.EVENT_STREAM),
    "follow the event stream": lambda n: n.redis.xread({keys.EVENT_STREAM: "0"}),
    "count the event stream": lambda n: n.redis.xlen(keys.EVENT_STREAM),
    "add to the event stream": lambda n: n.redis.xadd(keys.EVENT_STREAM, {"event": "{}"}),
    "trim the event stream while adding to it": lambda n: n.redis.xadd(
        keys.EVENT_STREAM, {"event": "{}"}, maxlen=0, approximate=False
    ),
    "trim the event stream": lambda n: n.redis.xtrim(keys.EVENT_STREAM, 0),
    "delete from the event stream": lambda n: n.redis.xdel(keys.EVENT_STREAM, "1-1"),
    "delete the event stream": lambda n: n.redis.delete(keys.EVENT_STREAM),
    "set an expiry on the event stream": lambda n: n.redis.expire(keys.EVENT_STREAM, 1),
    "read a session's stream": lambda n: n.redis.xrange(keys.session(SESSION)),
    "add to a session's stream": lambda n: n.redis.xadd(keys.session(SESSION), {"event": "{}"}),
    "trim a session's stream": lambda n: n.redis.xtrim(keys.session(SESSION), 0),
    "delete a session's stream": lambda n: n.redis.unlink(keys.session(SESSION)),
    "wake the controller": lambda n: n.redis.xadd(keys.WAKE, {"at": "now"}),
    "publish live events": lambda n: n.redis.publish(keys.LIVE, "1-1|0||{}"),
    "subscribe to live events": lambda n: _subscribe(n.redis, keys.LIVE),
    # queues and messages
    "take from another environment's queue": lambda n: n.redis.brpop("xtts", timeout=1),
    "read another environment's queue": lambda n: n.redis.lrange("xtts", 0, -1),
    "empty another environment's queue": lambda n: n.redis.delete("xtts"),
    "change a message in another environment's queue": lambda n: n.redis.lset("xtts", 0, "x"),
    "trim another environment's queue": lambda n: n.redis.ltrim("xtts", 1, 0),
    "read messages that others have taken": lambda n: n.redis.hgetall(
        unacked("xtts")["unacked_key"]
    ),
    "delete messages that others have taken": lambda n: n.redis.delete(
        unacked("xtts")["unacked_key"]
    ),
    "route messages to itself by a binding": lambda n: n.redis.sadd(
        "_kombu.binding.reply.celery.pidbox", "reply\x06\x16\x06\x16media"
    ),
    "delete the bindings of others": lambda n: n.redis.delete("_kombu.binding.celery.pidbox"),
    "send commands to other workers (`shutdown`)": lambda n: n.redis.publish(
        "/0.celery.pidbox", "{}"
    ),
    "subscribe to other workers' Celery events": lambda n: _subscribe(n.redis, "/0.celeryev/*"),
    "read another worker's commands": lambda n: n.redis.lrange(
        "xtts@gpu-9.host.1.celery.pidbox", 0, -1
    ),
    "read the commands of a worker of its own environment": lambda n: n.redis.lrange(
        "media@media-2.host.1.celery.pidbox", 0, -1
    ),
    "read replies to operators": lambda n: n.redis.lrange("1.reply.celery.pidbox", 0, -1),
    "read results of tasks": lambda n: n.redis.get(f"celery-task-meta-{VOICE.task_id}"),
    # what others are, do and hold
    "read what other workers are running": lambda n: n.redis.hgetall(keys.RUNNING_TASKS),
    "read what one other worker is running": lambda n: n.redis.hget(keys.RUNNING_TASKS, OTHER),
    "forge what another worker is running": lambda n: n.redis.hset(
        keys.RUNNING_TASKS, OTHER, "nothing"
    ),
    "read the heartbeats of others": lambda n: n.redis.hgetall(keys.NODES),
    "remove another worker from the registry": lambda n: n.redis.hdel(keys.NODES, OTHER),
    "write another worker's heartbeat in Redis": lambda n: n.redis.hset(keys.NODES, OTHER, "{}"),
    "drain another worker": lambda n: n.redis.set(keys.drained(OTHER), 1),
    "resume another worker that was drained": lambda n: n.redis.delete(keys.drained(OTHER)),
    "read whether another worker is drained": lambda n: n.redis.exists(keys.drained(OTHER)),
    "undo its own draining": lambda n: n.redis.delete(keys.drained(OWN)),
    "take a lease in Redis": lambda n: n.redis.set(keys.lease("b" * 64), "mine"),
    "overwrite another worker's lease": lambda n: n.redis.set(keys.lease(KEY), "mine"),
    "delete another worker's lease": lambda n: n.redis.delete(keys.lease(KEY)),
    "read who holds a lease": lambda n: n.redis.get(keys.lease(KEY)),
    "let another worker's lease expire": lambda n: n.redis.pexpire(keys.lease(KEY), 1),
    "keep a lost step alive": lambda n: n.redis.set(keys.step_heartbeat(VOICE.task_id), 1),
    "make a running step look lost": lambda n: n.redis.delete(keys.step_heartbeat(VOICE.task_id)),
    "make itself the holder of a step": lambda n: n.redis.set(keys.holder(VOICE.task_id), OWN),
    "change the progress of a job": lambda n: n.redis.hset(keys.progress("job"), "percent", 99),
    "read the progress of a job": lambda n: n.redis.hgetall(keys.progress("job")),
    "record an engine failure of another worker": lambda n: n.redis.sadd(
        keys.engine_failures("t"), OTHER
    ),
    "read the GPU memory table": lambda n: n.redis.hgetall(keys.gpu_memory("GPU-1")),
    "change the GPU memory table": lambda n: n.redis.hset(keys.gpu_memory("GPU-1"), OTHER, "{}"),
    "ask another worker in Redis to free memory": lambda n: n.redis.rpush(
        keys.unload_requests(OTHER), "x"
    ),
    "read another worker's requests to free memory": lambda n: n.redis.blpop(
        [keys.unload_requests(OTHER)], timeout=1
    ),
    "forge the size of a model": lambda n: n.redis.hset(keys.MODEL_SIZES, "model", 10**9),
    "reserve another worker for a step": lambda n: n.redis.set(keys.expected_worker(OTHER), "t"),
    "open the circuit of a service for everyone": lambda n: n.redis.set(
        f"{keys.CIRCUITS}:gemini", "x"
    ),
    "mark a result as used": lambda n: n.redis.set(keys.used(KEY), 1),
    "mark a result as being deleted": lambda n: n.redis.set(keys.evicting(KEY), 1),
    # jobs and the control plane
    "stop a job": lambda n: n.redis.set(keys.stop("job"), 9),
    "let a stopped job continue": lambda n: n.redis.delete(keys.stop("job")),
    "make attempts look outdated": lambda n: n.redis.set(keys.attempt("job"), 9),
    "read the trace of a job": lambda n: n.redis.get(keys.trace("job")),
    "change the mode of all jobs": lambda n: n.redis.set(keys.MODE, "simulation"),
    "remove a rate limit": lambda n: n.redis.delete(f"{keys.RATES}:somebody"),
    "read rate limits": lambda n: n.redis.get(f"{keys.RATES}:somebody"),
    "read who asked for an estimate": lambda n: n.redis.get(f"{keys.TRAFFIC}:day"),
    "read the resource alerts": lambda n: n.redis.hgetall(keys.ALARMS),
    "forge a controller": lambda n: n.redis.set(keys.CONTROL, "here"),
    "make Redis look wiped": lambda n: n.redis.delete(keys.MARKER),
    "forge a web process": lambda n: n.redis.hset(keys.PROCESSES, "web", "{}"),
    # another node's mailbox
    "add to another node's inbox": lambda n: n.redis.xadd(keys.inbox("gpu-9"), {"request": "{}"}),
    "read another node's inbox": lambda n: n.redis.xrange(keys.inbox("gpu-9")),
    "read its own inbox": lambda n: n.redis.xrange(keys.inbox("media-1")),
    "take another node's replies": lambda n: n.redis.blpop([keys.answer("gpu-9", "1")], timeout=1),
    "forge a reply": lambda n: n.redis.rpush(keys.answer("gpu-9", "1"), "{}"),
    # Redis itself
    "wipe Redis (`FLUSHALL`)": lambda n: n.redis.flushall(),
    "wipe a database (`FLUSHDB`)": lambda n: n.redis.flushdb(),
    "swap databases": lambda n: n.redis.swapdb(0, 1),
    "read the configuration": lambda n: n.redis.config_get("*"),
    "change the configuration": lambda n: n.redis.config_set("dir", "/"),
    "list keys (`KEYS`)": lambda n: n.redis.keys("*"),
    "list keys (`SCAN`)": lambda n: n.redis.scan(),
    "read a random key (`RANDOMKEY`)": lambda n: n.redis.randomkey(),
    "rename a key": lambda n: n.redis.rename(keys.EVENT_STREAM, "media"),
    "copy a key into its queue": lambda n: n.redis.copy(keys.EVENT_STREAM, "media"),
    "sort another key into its queue": lambda n: n.redis.sort("xtts", store="media"),
    "move a message of another queue into its own": lambda n: n.redis.lmove("xtts", "media"),
    "restore a key": lambda n: n.redis.restore(keys.EVENT_STREAM, 0, b"x"),
    "send a key to another server": lambda n: n.redis.migrate("192.0.2.1", 1, "media", 0, 1),
    "list the users": lambda n: n.redis.acl_list(),
    "create a user": lambda n: n.redis.acl_setuser("mine", enabled=True),
    "delete a user": lambda n: n.redis.acl_deluser("callsheet-node-gpu-9"),
    "list the connected clients": lambda n: n.redis.client_list(),
    "close connections of others": lambda n: n.redis.client_kill_filter(_type="normal"),
    "pause all clients": lambda n: n.redis.client_pause(1000),
    "shut Redis down (`SHUTDOWN`)": lambda n: n.redis.shutdown(nosave=True),
    "follow all commands (`MONITOR`)": lambda n: n.redis.execute_command("MONITOR"),
    "make Redis a replica": lambda n: n.redis.replicaof("192.0.2.1", 1),
    "follow Redis as a replica (`PSYNC`)": lambda n: n.redis.execute_command("PSYNC", "?", -1),
    "list the modules": lambda n: n.redis.module_list(),
    "reset Redis's latency statistics": lambda n: n.redis.latency_reset(),
    "read the slow log": lambda n: n.redis.slowlog_get(),
    "rewrite Redis's files": lambda n: n.redis.bgrewriteaof(),
}

REFUSED_BY_CONTROLLER: dict[str, Deed] = {
    # events
    "report a stage of another environment as failed": lambda n: n.event(
        EventType.STAGE_FAILED, VOICE, details=FAILED
    ),
    "report a stage as failed that another worker holds": lambda n: n.event(
        EventType.STAGE_FAILED, StageCall("job", 1, 2, "assemble", None), details=FAILED
    ),
    "report a stage in another worker's name": lambda n: n.event(
        EventType.STAGE_STARTED, worker=OTHER
    ),
    "report a stage in the name of a worker of its own environment": lambda n: n.event(
        EventType.STAGE_STARTED, worker="media@media-2.host.1"
    ),
    "report a verdict on a file that was sent to another environment": lambda n: n.request(
        "examined", subject="upload:other", session_id=SESSION, verdict=VERDICT
    ),
    "report a verdict on a file that was sent to no worker": lambda n: n.request(
        "examined", subject="upload:none", session_id=SESSION, verdict=VERDICT
    ),
    "report a verdict on a file in another session's name": lambda n: n.request(
        "examined", subject="upload:own", session_id="another", verdict=VERDICT
    ),
    "report a verdict with an invented code": lambda n: n.request(
        "examined", subject="upload:own", session_id=SESSION, verdict={"code": "JOB_LOST"}
    ),
    "report a stage of an invented job": lambda n: n.event(
        EventType.STAGE_STARTED, StageCall("made-up", 1, 1, "assemble", None)
    ),
    "report a stage of a plan that does not exist": lambda n: n.event(
        EventType.STAGE_STARTED, StageCall("job", 9, 1, "assemble", None)
    ),
    "report a stage with a path instead of a job id": lambda n: n.event(
        EventType.STAGE_STARTED, StageCall("../../jobs/job", 1, 1, "assemble", None)
    ),
    "report that a job was completed": lambda n: n.event(EventType.PIPELINE_COMPLETED),
    "report that a job was cancelled": lambda n: n.event(EventType.PIPELINE_CANCELLED),
    "report an upload": lambda n: n.event(EventType.UPLOAD_SUCCESS),
    "raise a resource alert": lambda n: n.event(EventType.RESOURCE_ALERT),
    "report an event that does not exist": lambda n: n.request("emit", type="party"),
    "report a completed stage without its details": lambda n: n.event(EventType.STAGE_COMPLETED),
    "report a result that is not a content key": lambda n: n.event(
        EventType.STAGE_COMPLETED, details=COMPLETED | {"artifact": "../../blobs"}
    ),
    "report infinite progress": lambda n: n.event(
        EventType.PROGRESS_UPDATE, details={"stage_percent": 101.0}
    ),
    # steps
    "take a step of another environment": lambda n: n.request(
        "take", call=VOICE.args, seconds=15.0
    ),
    "take a step that a live worker of another node holds": lambda n: n.request(
        "take", call=[*ASSEMBLE.args[:2], 2, "assemble", None], seconds=15.0
    ),
    "hold a step of another environment": lambda n: n.request(
        "hold", task_id=VOICE.task_id, seconds=15.0
    ),
    "hold a step for a year": lambda n: n.request(
        "take", call=ASSEMBLE.args, seconds=3600.0 * 24 * 365
    ),
    "request the lease of a step that it does not hold": lambda n: n.request(
        "acquire", key="b" * 64, call=VOICE.args, seconds=15.0
    ),
    "request a lease that is not a content key": lambda n: n.request(
        "acquire", key="../ledger", call=ASSEMBLE.args, seconds=15.0
    ),
    "release another worker's lease": lambda n: n.request("release", key=KEY, call=VOICE.args),
    "report an engine failure of another worker": lambda n: n.request(
        "note_broken", call=ASSEMBLE.args, worker=OTHER
    ),
    # workers
    "send a heartbeat for another worker": lambda n: n.beat(OTHER),
    "send a heartbeat for a worker of its own environment": lambda n: n.beat(
        "media@media-2.host.1"
    ),
    "send a heartbeat as a worker of another environment": lambda n: n.beat("xtts@media-1.host.1"),
    "offer engines of another environment": lambda n: n.beat(
        offers=[asdict(o) for o in samples.real() if o.environment == "xtts"]
    ),
    "send an unreadable heartbeat": lambda n: n.beat(offers=[{"stage": "voice"}]),
    "register a metrics address with a path": lambda n: n.beat(metrics="host:1/secret?x"),
    "request that another worker be drained": lambda n: n.request("drain", worker=OTHER),
    "request that another worker be removed from the registry": lambda n: n.request(
        "leave", worker=OTHER
    ),
    "report another worker as idle": lambda n: n.request("idle", worker=OTHER),
    # graphics cards
    "change another worker's entry in the GPU memory table": lambda n: n.request(
        "tell", worker=OTHER, card=CARD, tenant={"models": [], "base_mb": 0}
    ),
    "register a model in another worker's name": lambda n: n.request(
        "tell",
        card=CARD,
        tenant={"models": [{"worker": OTHER, "name": "m", "mb": 1, "used": 0.0, "busy": True}]},
    ),
    "list the workers of a GPU that it is not on": lambda n: n.request("tenants", card=CARD),
    "ask for memory of a GPU that it is not on": lambda n: n.request(
        "ask", card=CARD, model={"worker": OTHER, "name": "m", "mb": 1, "used": 0.0, "busy": False}
    ),
    # calls to providers of hosted models
    "begin a call to a provider that was not sent to its queues": lambda n: n.request(
        "begin_call", call=["submit", "pvc_1.1", [{}]], signature="0" * 64
    ),
    "report a call to a provider that it was not given": lambda n: n.request(
        "report_call", report={"call_id": "pvc_1", "outcome": "submitted", "task_id": "t"}
    ),
    "hold a call to a provider that it was not given": lambda n: n.request(
        "hold_call", call_id="pvc_1", token="t", seconds=15.0
    ),
    "use up the limit of a provider's key": lambda n: n.request(
        "take_key", call_id="pvc_1", labels=["main"]
    ),
    "take a provider's key out of use": lambda n: n.request(
        "refuse_key", call_id="pvc_1", label="main", why="mine"
    ),
    "offer keys of a provider from another environment": lambda n: n.beat(
        extra={"usage": USAGE, "providers": ["runway"]}
    ),
    # letters
    "send a request without a signature": lambda n: n.put('{"do": "alive"}', ""),
    "send a request with a wrong signature": lambda n: n.put('{"do": "alive"}', "0" * 64),
    "send a request in another node's name": lambda n: n.put(
        '{"do": "alive"}', sign(n.token.key.secret, "gpu-9", '{"do": "alive"}')
    ),
    "send invalid JSON": lambda n: n.put("{"),
    "send JSON that is not a request": lambda n: n.put("[]"),
    "send deeply nested JSON": lambda n: n.put("[" * 100_000),
    "send a number of 5,000 digits": lambda n: n.put('{"do": ' + "9" * 5000 + "}"),
    "send a request of half a megabyte": lambda n: n.put(json.dumps({"do": "x" * 500_000})),
    "request an unknown procedure": lambda n: n.request("shutdown"),
    "send an entry without a request": lambda n: n.redis.xadd(
        keys.inbox(n.token.name), {"event": Event(EventType.STAGE_STARTED, "s").to_json()}
    ),
}

FAILED = {"error_code": "X", "user_message": "", "retryable": False, "retry_after": None}
COMPLETED: dict[str, Any] = {
    **{"stage_percent": 100.0, "artifact": "c" * 64, "facts": {}},
    **{"found": False, "seconds": 1.0},
}

REFUSED_BY_WORKERS: dict[str, Callable[[CallKeys], tuple[str, dict[str, Any]]]] = {
    "forge a call for another environment": lambda own: ("xtts", _message(own, VOICE)),
    "move a call of its own queue to another": lambda own: ("xtts", _message(own, ASSEMBLE)),
    "send another environment one of Celery's own tasks": lambda own: (
        "xtts",
        _message(own, ASSEMBLE, task="celery.starmap"),
    ),
}


def _message(own: CallKeys, call: StageCall, task: str = "") -> dict[str, Any]:
    """A call that it has signed as well as it can."""
    body = json.dumps([call.args, {}, {}]).encode()
    return {
        "body": base64.b64encode(body).decode(),
        "headers": {
            "task": task or f"stage.{call.stage}",
            "id": call.task_id,
            HEADER: own.sign(call, "media"),
        },
        "properties": {"delivery_tag": "tag"},
    }


def _subscribe(node: redis.Redis, channel: str) -> object:
    heard = node.pubsub()  # type: ignore[no-untyped-call]
    (heard.psubscribe if "*" in channel else heard.subscribe)(channel)
    return heard.parse_response()


def names() -> Sequence[str]:
    """All of them."""
    return [*REFUSED_BY_REDIS, *REFUSED_BY_CONTROLLER, *REFUSED_BY_WORKERS]
