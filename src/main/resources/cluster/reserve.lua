-- Reserves the next of evenly spread calls, unless it is too late; returns the wait in microseconds.
-- KEYS  1 time of the next call, in microseconds
-- ARGV  1 microseconds between two calls, 2 maximum wait
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local call = tonumber(redis.call('GET', KEYS[1]) or now) or now
local wait = call - now
if not (wait >= 0 and wait <= 3600000000 + ARGV[1]) then
  wait = 0
end
if wait <= tonumber(ARGV[2]) then
  local next = wait + ARGV[1]
  redis.call('SET', KEYS[1], string.format('%.0f', now + next), 'PX', math.ceil(next / 1000))
end
return string.format('%.0f', wait)
