"""Rate limiter of several processes that share an instance, with its slots in Redis; see ``slot_store``.

One script does each exchange, by the clock of the server. A method's slots are one key, which expires; the keys of an
instance have the same hash tag, so a cluster keeps them together. A key of the instance names the run of the server: if
that is another one, or the key is missing, the server was restarted or replaced and may have lost slots.
"""

import asyncio

from greenapi_async.errors import MissingExtraError
from greenapi_async.http.protocol import instance_id
from greenapi_async.http.shared_rate_limiter import SharedRateLimiter
from greenapi_async.http.slot_store import LATE, Answer, Report, SlotStore, StoreUnavailableError, Terms

try:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError
except ImportError:
    raise MissingExtraError("redis", "redis") from None

__all__ = ["RedisRateLimiter"]

_REMEMBERED = 30 * 24 * 3600
"""Seconds for which an instance is remembered without being used."""

_EXCHANGE = f"""
local name, number = ARGV[1], tonumber(ARGV[2])
local held, wanted, pause = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local slots, hold, horizon = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local soonest, latest, warm_up = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local known, since = string.match(redis.call('GET', KEYS[2]) or '', '(%w+) (%d+)')
since = tonumber(since)
if known ~= run or since > now then
  since = now
  redis.call('SET', KEYS[2], run .. ' ' .. string.format('%.0f', now))
end
redis.call('EXPIRE', KEYS[2], {_REMEMBERED})

local state = cjson.decode(redis.call('GET', KEYS[1]) or '{{"paused": 0, "processes": {{}}}}')
local ahead_by = 0
for _, process in pairs(state.processes) do ahead_by = math.max(ahead_by, process.seen - now) end
if ahead_by > 0 then
  state.paused = state.paused - ahead_by
  for _, process in pairs(state.processes) do
    process.seen, process.asked = process.seen - ahead_by, process.asked - ahead_by
    process.expected = process.expected - ahead_by
    for i, busy in ipairs(process.ends) do process.ends[i] = busy - ahead_by end
  end
end

local me = state.processes[name] or {{number = -1, wanted = 0, asked = now}}
if number < me.number then return {{soonest}} end
state.processes[name] = me
if me.wanted == 0 then me.asked = now end
me.number, me.seen, me.wanted, me.ends = number, now, wanted, {{}}
for _ = 1, held do table.insert(me.ends, now + hold) end
for i = 12, #ARGV do table.insert(me.ends, now + tonumber(ARGV[i])) end
if pause > 0 then state.paused = math.max(state.paused, now + pause) end

local ends, others = {{}}, {{}}
for id, process in pairs(state.processes) do
  if process.seen + hold < now then
    state.processes[id] = nil
  else
    for _, busy in ipairs(process.ends) do
      if busy > now then table.insert(ends, busy) end
    end
    if process ~= me and process.wanted > 0 and process.expected >= now then table.insert(others, process) end
  end
end
table.sort(ends)

local earliest = math.max(now, state.paused, since + warm_up)
local function start(i) return math.max(earliest, ends[#ends + i - slots] or now) end
local free = 0
while free < slots and start(free + 1) <= now + horizon do free = free + 1 end

local share, ahead = math.ceil(free / (#others + 1)), 0
for _, process in ipairs(others) do
  if process.asked < me.asked then ahead = ahead + math.min(process.wanted, share) end
end
local count = math.max(0, math.min(wanted, share, free - ahead))

local again = soonest
if free == count and count < slots then
  again = math.min(math.max(start(count + 1) - horizon - now, soonest), latest)
end
local answer = {{again}}
for i = 1, count do
  table.insert(answer, start(i) - now)
  table.insert(me.ends, start(i) + hold)
end
me.wanted = wanted - count
if count > 0 then me.asked = now end
me.expected = now + again + {LATE}
redis.call('SET', KEYS[1], cjson.encode(state), 'PX', 2 * hold + math.max(0, state.paused - now))
return answer
"""


class RedisSlotStore(SlotStore):
    """Slots of one instance in Redis.

    Args:
        redis: The Redis client.
        id_instance: The instance's id.
    """

    def __init__(self, redis: Redis, id_instance: int) -> None:
        self._key = f"greenapi:rate:{{{id_instance}}}"
        self._script = redis.register_script(_EXCHANGE)

    async def exchange(self, method: str, terms: Terms, report: Report) -> Answer:
        """Exchange a report for slots; see ``SlotStore.exchange``."""
        arguments: list[str | int] = [
            report.process,
            *(report.number, report.held, report.wanted, report.pause),
            *(terms.slots, terms.hold, terms.horizon, terms.soonest, terms.latest, terms.warm_up),
            *report.cooling,
        ]
        try:
            again, *delays = await self._script(keys=[f"{self._key}:{method}", self._key], args=arguments)
        except (RedisError, OSError, asyncio.IncompleteReadError) as error:
            raise StoreUnavailableError(f"Redis: {error}") from error
        return Answer(again, tuple(delays))


class RedisRateLimiter(SharedRateLimiter):
    """Rate limiter of one instance that several processes use, for asyncio only; needs the extra ``redis``.

    Together the processes keep the documented rates. While Redis does not answer, each keeps its share of them. Leave
    it with ``async with``, or call ``aclose()``, so that the last slots are given back at once.

    Args:
        redis: The Redis client; closing it is the caller's responsibility.
        id_instance: The instance's id.
        processes: Greatest number of processes that use the instance, 1 or more.
        request_timeout: The longest ``timeout`` of the clients, in seconds. A process that dies keeps the slots of its
            requests for that long, and a little longer.

    Raises:
        InvalidArgumentError: An argument is not valid.
    """

    def __init__(
        self, redis: Redis, *, id_instance: int | str, processes: int = 4, request_timeout: float = 30.0
    ) -> None:
        store = RedisSlotStore(redis, instance_id(id_instance))
        super().__init__(store, id_instance=id_instance, processes=processes, request_timeout=request_timeout)
