-- The gateway lives. Answers 0 where its name is not known.
-- KEYS: the holder's batch and lease. ARGV: the lease and how long the name is known, in milliseconds.
if redis.call('PEXPIRE', KEYS[1], ARGV[2]) == 0 then return 0 end
redis.call('SET', KEYS[2], 1, 'PX', ARGV[1])
return 1
