-- Publishes the outcome of a fetch, and ends its lease.
-- KEYS  1 the final state, 2 the unfinished state or the lease
-- ARGV  1 token of the lease, 2 'final', 'unfinished' or 'none': what is kept, 3 for how many milliseconds,
--       4 age in milliseconds, 5 the message, 6 the channel
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local message = now - ARGV[4] .. ' ' .. ARGV[5]
local mine = redis.call('GET', KEYS[2]) == '?' .. ARGV[1]
if mine then
  redis.call('DEL', KEYS[2])
end
local before = redis.call('GETRANGE', KEYS[1], 0, 30)
if ARGV[2] == 'unfinished' and mine then
  redis.call('SET', KEYS[2], message, 'PX', ARGV[3])
  if string.match(ARGV[5], '^processing ') and string.match(before, '^%d+ failed ') then
    redis.call('DEL', KEYS[1])
  end
elseif ARGV[2] == 'final' then
  -- A finished image stays finished.
  if string.match(ARGV[5], '^ready ') or not string.match(before, '^%d+ ready ') then
    redis.call('SET', KEYS[1], message, 'PX', ARGV[3])
  end
end
redis.call('PUBLISH', ARGV[6], message)
return ''
