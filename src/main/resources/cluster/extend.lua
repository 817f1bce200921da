-- Extends the lease of a replica that still fetches, or takes it where Redis has lost it or never had it.
-- KEYS  1 the lease
-- ARGV  1 its token, 2 its time in milliseconds
local lease = '?' .. ARGV[1]
if (redis.call('GET', KEYS[1]) or lease) == lease then
  redis.call('SET', KEYS[1], lease, 'PX', ARGV[2])
end
return ''
