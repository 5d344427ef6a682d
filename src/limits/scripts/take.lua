-- Takes from all bounds or from none, as `Plan::weigh` says (src/limits/plan.rs).
-- KEYS: a count for each line, then a hash of holders for each turn.
-- ARGV: holder, lines, turns, most; for each line bound, base, least, unit, end; for each turn its bound.
-- Answers 1 or 0 for taken, then what was used of each line, then how many had each turn; nothing to an unknown holder.
local holder, lines, turns, granted = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if redis.call('EXISTS', '{gardefou}:batch:' .. holder) == 0 then return {} end
local said, fits = { 1 }, true
for i = 1, lines do
  local used = tonumber(redis.call('GET', KEYS[i]) or '0')
  local at = 5 * i
  local bound, base = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local least, unit = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  said[i + 1] = used
  if least > bound - used then
    fits = false
  elseif unit > 0 then
    granted = math.min(granted, math.floor((bound - used - base) / unit))
  end
end
for i = 1, turns do
  local under_way, key = 0, KEYS[lines + i]
  local all = redis.call('HGETALL', key)
  for j = 1, #all, 2 do
    if redis.call('EXISTS', '{gardefou}:lease:' .. all[j]) == 1 then
      under_way = under_way + tonumber(all[j + 1])
    elseif redis.call('EXISTS', '{gardefou}:batch:' .. all[j]) == 0 then
      redis.call('HDEL', key, all[j])
    end
  end
  said[lines + i + 1] = under_way
  if under_way >= tonumber(ARGV[5 * lines + 4 + i]) then fits = false end
end
if not fits then
  said[1] = 0
  return said
end
for i = 1, lines do
  local at = 5 * i
  local amount = tonumber(ARGV[at + 1]) + tonumber(ARGV[at + 3]) * granted
  redis.call('INCRBY', KEYS[i], string.format('%.0f', amount))
  if said[i + 1] == 0 then redis.call('PEXPIREAT', KEYS[i], ARGV[at + 4]) end
end
for i = 1, turns do
  redis.call('HINCRBY', KEYS[lines + i], holder, 1)
  redis.call('PEXPIRE', KEYS[lines + i], 86400000)
end
return said
