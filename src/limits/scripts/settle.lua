-- Corrects counts and turns, once for each number of a batch. Answers 0 where that was not the next.
-- KEYS: the holder's batch, then a count for each line, then a hash of holders for each turn.
-- ARGV: holder, number, lines, turns; for each line what is to be added, end; for each turn how many more.
local holder, number, lines, turns = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local last = redis.call('GET', KEYS[1])
if not last or tonumber(last) ~= number - 1 then return 0 end
redis.call('SET', KEYS[1], number, 'KEEPTTL')
for i = 1, lines do
  local key, at = KEYS[i + 1], 3 + 2 * i
  if redis.call('INCRBY', key, ARGV[at]) < 0 then redis.call('SET', key, 0) end
  redis.call('PEXPIREAT', key, ARGV[at + 1])
end
for i = 1, turns do
  local key = KEYS[lines + i + 1]
  if redis.call('HINCRBY', key, holder, ARGV[4 + 2 * lines + i]) <= 0 then redis.call('HDEL', key, holder) end
end
return 1
