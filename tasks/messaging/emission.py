"""The script function that emits an event, and its arguments.

Scripts that change other keys with an event call the same function, in one round trip
(`tasks/nodes/leases.py`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import redis

from tasks.domain.decisions import asks_for_decision
from tasks.domain.events import Event, EventType
from tasks.messaging import keys

SESSION_STREAM_LENGTH = 5000
DAY = 86_400
CLOCK_SECONDS = 60.0
"""How long the time of Redis is continued before it is read again."""

EMIT_FUNCTION = """
local function emit(progress, given)
local channel, event, step, share, kind, reference, keep, ttl, floor, ledger, session, now, asks =
    given[1], given[2], given[3], tonumber(given[4]), given[5], given[6], given[7], given[8],
    tonumber(given[9]), given[10], given[11], tonumber(given[12]), given[13]
local percent, eta, prolong = floor, '', true
local changes = {}
local function change(name, value)
  changes[#changes + 1] = name
  changes[#changes + 1] = value
end
if progress ~= '' then
  local known = redis.call('HMGET', progress, 'percent', 'sum', 'estimate', 'started', step,
                           'ended', 'low', 'high', 'said:' .. reference, 'prolonged')
  if known[9] then return {known[9], '0', ''} end
  -- A job emits nothing after its end, even if a stage is still stopping. Nor after a wipe of
  -- Redis, until the controller has restored the job's progress: events left out before are
  -- emitted when the job is dispatched again.
  if kind == '' and (known[6] or not known[4]) then return {'', '0', ''} end
  percent = math.max(floor, tonumber(known[1] or '0') or 0)
  local sum = tonumber(known[2] or '0') or 0
  local old = tonumber(known[5] or '0') or 0
  if step ~= '' and share > old then
    sum = sum + share - old
    change(step, tostring(share))
    change('sum', tostring(sum))
  end
  if kind == 'completed' then sum = 100 elseif sum > 99.5 then sum = 99.5 end
  if sum > percent then
    percent = sum
    change('percent', tostring(percent))
  end
  if kind ~= '' then change('ended', '1') end
  local estimate = tonumber(known[3] or '')
  local started = tonumber(known[4] or '')
  if estimate then
    local elapsed = started and (now - started) or 0
    local left = estimate * (1 - percent / 100)
    if percent > 5 and elapsed > 0 then
      -- the estimate of the plan is replaced gradually by the job's own pace
      local own = elapsed * (100 - percent) / percent
      left = left * (1 - percent / 100) + own * (percent / 100)
    end
    -- the range narrows towards the end
    local still = 1 - percent / 100
    local low, high = tonumber(known[7] or ''), tonumber(known[8] or '')
    local low_left = left * (1 + ((low or estimate) / estimate - 1) * still)
    local high_left = left * (1 + ((high or estimate) / estimate - 1) * still)
    eta = string.format('%.1f %.1f %.1f', left, low_left, high_left)
  end
  -- A running job prolongs its keys once an hour. Its end always does, so that a session's
  -- stream that was deleted meanwhile does not stay for ever.
  prolong = kind ~= '' or now - (tonumber(known[10] or '') or 0) > 3600
  if prolong then change('prolonged', string.format('%d', now)) end
end
percent = string.format('%.2f', percent)
local id = redis.call('XADD', ledger, '*', 'event', event, 'percent', percent, 'eta', eta,
                      'reference', reference)
local function keep_for_session()
  return redis.pcall('XADD', session, 'MAXLEN', '~', keep, id, 'event', event, 'percent', percent,
                     'eta', eta)
end
local kept = keep_for_session()
if type(kept) == 'table' and kept.err then
  -- It is not a stream, or its last id is too high. The database has the earlier events.
  redis.pcall('DEL', session)
  keep_for_session()
  prolong = true
end
if asks ~= '' then
  local function ask() return redis.pcall('XADD', asks, 'MAXLEN', 1, id, 'at', 'event') end
  local asked = ask()
  if type(asked) == 'table' and asked.err then
    redis.pcall('DEL', asks)
    ask()
  end
end
if progress ~= '' then
  if reference ~= '' then change('said:' .. reference, id) end
  if #changes > 0 then redis.call('HSET', progress, unpack(changes)) end
  if prolong then redis.call('EXPIRE', progress, ttl) end
end
if prolong then redis.call('EXPIRE', session, ttl) end
redis.call('PUBLISH', channel, id .. '|' .. percent .. '|' .. eta .. '|' .. event)
return {id, percent, eta}
end
"""
"""The function of scripts that emit an event; its arguments come from `Emission`."""

BEGIN = """
local progress, given = KEYS[1], cjson.decode(ARGV[1])
local function write(fields)
  local flat = {}
  for name, value in pairs(fields) do
    flat[#flat + 1] = name
    flat[#flat + 1] = value
  end
  redis.call('HSET', progress, unpack(flat))
end
redis.call('HDEL', progress, 'ended')
if redis.call('HEXISTS', progress, 'started') == 0 then
  local time = redis.call('TIME')
  given.begun.started = string.format('%d.%06d', time[1], time[2])
  write(given.begun)
end
write(given.estimate)
redis.call('EXPIRE', progress, given.seconds)
for _, reference in ipairs(given.said) do
  redis.call('HSETNX', progress, reference, given.emitted)
end
"""
"""Begin a job's progress, or continue it; a script may go on with `emit`."""


class RedisClock:
    """The time of Redis: read once a minute, and continued by the clock of this process.

    To read it for each event would be a command in thirty. It is only for estimates: what an
    event's id says of its time comes from Redis itself.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._ahead = 0.0
        self._read_at: float | None = None

    def now(self) -> float:
        moment = time.monotonic()
        if self._read_at is None or moment - self._read_at > CLOCK_SECONDS:
            seconds, micros = self._client.time()
            self._ahead = seconds + micros / 1e6 - time.monotonic()
            self._read_at = moment
        return time.monotonic() + self._ahead


@dataclass(frozen=True, slots=True)
class Advance:
    """The progress of a step: its name and its share of the job's 100 %."""

    step: str
    share: float


@dataclass(frozen=True, slots=True)
class Emission:
    """An event for `EMIT_FUNCTION`: its arguments, and its answer."""

    event: Event
    advance: Advance | None = None
    reference: str = ""

    @property
    def key(self) -> str:
        return keys.progress(self.event.job_id) if self.event.job_id else ""

    def arguments(self, now: float) -> list[Any]:
        """Return what `emit` takes, at a time by the clock of Redis."""
        event, advance = self.event, self.advance
        return [
            keys.LIVE,
            event.to_json(),
            advance.step if advance else "",
            repr(advance.share if advance else 0.0),
            _kind(event.event_type),
            self.reference if event.job_id else "",
            SESSION_STREAM_LENGTH,
            DAY,
            event.progress_percent,
            # Not passed as keys: Redis requires read permission on keys, which nodes lack.
            keys.EVENT_STREAM,
            keys.session(event.session_id),
            f"{now:.6f}",
            keys.DECISIONS if asks_for_decision(event) else "",
        ]

    def numbered(self, answer: tuple[str, str, str]) -> Event:
        """Return the event as it was emitted; without an id, it was not."""
        event_id, percent, eta = answer
        return self.event.numbered(event_id, float(percent), eta)


def _kind(event_type: EventType) -> str:
    if event_type is EventType.PIPELINE_COMPLETED:
        return "completed"
    return "end" if event_type.terminal else ""
