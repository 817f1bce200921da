-- Takes the next of evenly spread turns, unless it is too far away; gives the wait in microseconds.
-- KEYS  1 when the next turn is, in microseconds
-- ARGV  1 microseconds between two turns, 2 longest wait
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local turn = tonumber(redis.call('GET', KEYS[1]) or now) or now
local wait = turn - now
if not (wait >= 0 and wait <= 3600000000 + ARGV[1]) then
  wait = 0
end
if wait <= tonumber(ARGV[2]) then
  local next = wait + ARGV[1]
  redis.call('SET', KEYS[1], string.format('%.0f', now + next), 'PX', math.ceil(next / 1000))
end
return string.format('%.0f', wait)
