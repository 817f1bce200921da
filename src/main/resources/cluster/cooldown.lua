-- Sets or ends a cooldown for all replicas; returns the time in milliseconds.
-- KEYS  1 the cooldowns
-- ARGV  1 name, 2 problem, or '' for none, 3 time in milliseconds, 4 the message, 5 the channel
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  local before = tonumber(string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '0', '^%d+')) or 0
  if now + ARGV[3] >= before then
    redis.call('HSET', KEYS[1], ARGV[1], now + ARGV[3] .. ' ' .. ARGV[2])
  end
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
  end
end
redis.call('PUBLISH', ARGV[5], now .. ' ' .. ARGV[4])
return now .. ''
