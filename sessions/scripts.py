"""What the server does in one go: Lua, for Redis 6.0 and Valkey."""

from __future__ import annotations

from sessions.packing import Script

# Each script takes all its keys by KEYS, which are in one hash slot, and may run twice with the same arguments.
# The third names the dialogue that the caller may go on with, the fourth counts their dials.
# A session is one value: one byte that counts the marks of the turns that it remembers, eight bytes for each of these,
# four for its hop, and what is sealed. A hash with a field for each reply took three times the memory.
_MARKED = """
local kept = redis.call('GET', KEYS[1])
local behind = 1
if kept then
  behind = 2 + 8 * (string.byte(kept, 1) or 0)
  for place = 2, behind - 8, 8 do
    if string.sub(kept, place, place + 7) == ARGV[1] then
      return {'repeated', kept, false, 0}
    end
  end
end
"""

BEGIN = Script(
    _MARKED
    + """
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[2] then
  return {'in work', false, false, 0}
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
if kept then
  return {'opened', kept, false, 0}
end
local dials = 0
if not holder then
  dials = redis.call('INCR', KEYS[4])
  if dials == 1 then
    redis.call('PEXPIRE', KEYS[4], 60000)
  end
end
return {'opened', false, redis.call('GET', KEYS[3]), dials}
"""
)

_KEEP = """
redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
if ARGV[6] ~= '0' then
  redis.call('SET', KEYS[3], ARGV[7], 'PX', ARGV[6])
elseif ARGV[8] == '1' or redis.call('GET', KEYS[3]) == ARGV[7] then
  redis.call('DEL', KEYS[3])
end
return {'won', false}
"""

COMMIT = Script(
    """
if redis.call('GET', KEYS[2]) == ARGV[2] then
  redis.call('DEL', KEYS[2])
end
"""
    + _MARKED
    + """
if (kept and string.sub(kept, behind, behind + 3) or '') ~= ARGV[3] then
  return {'lost', false}
end
"""
    + _KEEP
)

# By the end of its seal, which no two values share: a session that was lost and begun anew may be at the same hop by
# the same turns and yet be another. No further command, which users of the server would first have to be allowed.
COMMIT_RECALLED = Script(
    _MARKED
    + """
if redis.call('GET', KEYS[2]) then
  return {'in work', false}
end
if (kept and string.sub(kept, -16) or '') ~= ARGV[3] then
  return {'lost', false}
end
"""
    + _KEEP
)

COMMIT_DIALLED = Script(
    _MARKED
    + """
if kept or redis.call('GET', KEYS[2]) then
  return {'in work', false}
end
if redis.call('GET', KEYS[3]) or tonumber(redis.call('GET', KEYS[4]) or 0) >= tonumber(ARGV[3]) then
  return {'lost', false}
end
if redis.call('INCR', KEYS[4]) == 1 then
  redis.call('PEXPIRE', KEYS[4], 60000)
end
"""
    + _KEEP
)

# A lease that is given back, or a session that does not open: only if it is still what the caller saw.
DROP = Script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
""")
