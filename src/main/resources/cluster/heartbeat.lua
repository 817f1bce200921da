-- Records that a replica is alive; returns the time, the number of replicas, and each cooldown in a line.
-- KEYS  1 the replicas, by when they were last heard of, 2 the cooldowns
-- ARGV  1 the replica, 2 the milliseconds after which a silent one is gone, 3 the message, 4 the channel
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[4], now .. ' ' .. ARGV[3])
local lines = {now .. ' ' .. redis.call('ZCARD', KEYS[1])}
if redis.call('HLEN', KEYS[2]) <= 1000 then
  local cooldowns = redis.call('HGETALL', KEYS[2])
  for i = 1, #cooldowns, 2 do
    if #cooldowns[i] + #cooldowns[i + 1] <= 200 then
      table.insert(lines, cooldowns[i] .. ' ' .. cooldowns[i + 1])
    end
  end
end
return table.concat(lines, '\n')
