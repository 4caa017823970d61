"""Counters of rate limits that processes share through a Redis, or a server that speaks like one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS = 1.0
# The braces keep all keys on one node of a cluster, where one script may touch them.
PREFIX = "{doorstep-limits}:"
# Numbers are seconds. Redis cuts fractions off the numbers that a script returns, so they travel as text.
ADD = """
local now, whole = tonumber(ARGV[1]), {}
for i, key in ipairs(KEYS) do
    local later = math.max(tonumber(redis.call('GET', key) or now), now) + tonumber(ARGV[i + 1])
    whole[i] = string.format('%.6f', later)
    redis.call('SET', key, whole[i], 'PX', math.ceil((later - now) * 1000) + 1000)
end
return whole
"""


class RedisCounters:
    """One script for each exchange (`domain.rate_limits.SharedCounters`); its keys expire by themselves."""

    def __init__(self, url: str) -> None:
        """`url` is redis://, rediss:// or unix://. Nothing is asked yet."""
        # Not tried twice: after the next second there is another exchange.
        once = Retry(NoBackoff(), 0)
        self._redis = Redis.from_url(
            url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, retry=once
        )
        self._add = self._redis.register_script(ADD)

    def add(self, spent: Mapping[str, timedelta], now: datetime) -> Mapping[str, datetime]:
        told = self._add(
            keys=[PREFIX + key for key in spent],
            args=[now.timestamp(), *(price.total_seconds() for price in spent.values())],
        )
        instants = (datetime.fromtimestamp(float(seconds), UTC) for seconds in told)
        return dict(zip(spent, instants, strict=True))
