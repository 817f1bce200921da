-- Purges an image, here and at all replicas.
-- KEYS  1 its final state, 2 its unfinished state or the lease
-- ARGV  1 the message, 2 the channel
redis.call('DEL', KEYS[1], KEYS[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('PUBLISH', ARGV[2], now .. ' ' .. ARGV[1])
return ''
