-- Keeps the lease of a replica that still asks.
-- KEYS  1 the lease
-- ARGV  1 its token, 2 its time in milliseconds
if redis.call('GET', KEYS[1]) == '?' .. ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return ''
