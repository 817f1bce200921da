-- Returns what is known of an image and recent enough, or else which replica fetches it.
-- KEYS  1 its final state, 2 its unfinished state or the lease of the replica that fetches
-- ARGV  1 token of the lease, 2 its time, 3 greatest age, both in milliseconds, 4 greatest length
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(KEYS) do
  if redis.call('STRLEN', key) <= tonumber(ARGV[4]) then
    local value = redis.call('GET', key)
    local seen = value and tonumber(string.match(value, '^(%d+) '))
    if seen and seen <= now and now - seen <= tonumber(ARGV[3]) then
      return now .. ' known ' .. value
    end
  end
end
local left = redis.call('PTTL', KEYS[2])
if left > 0 and left <= tonumber(ARGV[2]) and redis.call('GETRANGE', KEYS[2], 0, 0) == '?' then
  return now .. ' in-progress ' .. left
end
redis.call('SET', KEYS[2], '?' .. ARGV[1], 'PX', ARGV[2])
return now .. ' granted '
