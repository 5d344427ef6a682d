-- A gateway begins anew with the turns it has, or leaves. Answers the number of its last batch, which goes on. Asked again,
-- it finds the new name there and the number with it.
-- KEYS: batch and lease of the old name, of the new one, then a hash of holders for each turn.
-- ARGV: old holder and new one (empty for none), the lease and how long a name is known, in milliseconds; for each turn how many.
local last = redis.call('GET', KEYS[1]) or redis.call('GET', KEYS[3]) or '0'
redis.call('DEL', KEYS[1], KEYS[2])
if ARGV[2] ~= '' then
  redis.call('SET', KEYS[3], last, 'PX', ARGV[4])
  redis.call('SET', KEYS[4], 1, 'PX', ARGV[3])
  for i = 5, #KEYS do
    redis.call('HDEL', KEYS[i], ARGV[1])
    redis.call('HSET', KEYS[i], ARGV[2], ARGV[i])
    redis.call('PEXPIRE', KEYS[i], 86400000)
  end
end
return tonumber(last)
