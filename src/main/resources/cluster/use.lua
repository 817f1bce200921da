-- Counts an item against a client's budget, unless that is used up; returns whether, and the milliseconds that are left.
-- KEYS  1 the items that were counted
-- ARGV  1 the item, 2 how many there may be, 3 milliseconds of a window
local left = redis.call('PTTL', KEYS[1])
if left < 0 or left > tonumber(ARGV[3]) or redis.call('TYPE', KEYS[1]).ok ~= 'set' then
  redis.call('DEL', KEYS[1])
  left = tonumber(ARGV[3])
end
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then
  return 'allowed ' .. left
end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return 'refused ' .. left
end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], left)
return 'allowed ' .. left
