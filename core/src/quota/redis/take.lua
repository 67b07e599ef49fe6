-- Takes what a call costs from all counters of a caller, or from none of them.
--
-- KEYS: one for each counter, all in one hash slot.
-- ARGV: for each counter, the length of the window in microseconds, the limit (-1 if there is none), the
-- cost, and 1 if the counter also has a bucket.
-- Returns for each counter: the units that were used, the units that remain, the microseconds until there
-- are more, whether it refused the call (0, 1, or 2 if it always will), the microseconds until it allows
-- the call, and 1 for the first refusal in the window.
--
-- The value of a counter is "opened:used:level:measured:drain:reported". `opened` is when the window was
-- opened. `level` is the number of units in the bucket at the time `measured`, when the last call was
-- allowed, and `drain` is the number of units that drain in a window since then: the limit of that call.
-- Times are microseconds of this server's clock.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local counters = {}
local allowed = true

for i = 1, #KEYS do
  local window, limit, cost, has_bucket =
    tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i - 1]), ARGV[4 * i] == '1'
  local opened, used, level, measured, drain, reported = now, 0, 0, now, 0, 0
  local is_ahead = false
  local value = redis.call('GET', KEYS[i])
  if value then
    local o, u, l, m, d, r = string.match(value, '^(%d+):(%d+):(%d+%.?%d*):(%d+):(%d+):([01])$')
    if o then
      opened, used, level, measured, drain, reported =
        tonumber(o), tonumber(u), tonumber(l), tonumber(m), tonumber(d), tonumber(r)
      -- After a failover, the clock of another server may be behind. The window then starts now. The
      -- times are stored, so that the window doesn't start again with the next call.
      is_ahead = opened > now or measured > now
      opened, measured = math.min(opened, now), math.min(measured, now)
    end
  end
  if now - opened >= window then
    opened, used, reported = now, 0, 0
  end
  local level_now = math.max(0, level - (now - measured) * drain / window)

  local refused, wait = 0, 0
  if limit >= 0 and cost > 0 then
    if cost > limit then
      refused = 2
    else
      if used + cost > limit then
        refused, wait = 1, opened + window - now
      end
      -- The tolerance absorbs rounding errors of the level. The window counts exactly. A bucket with
      -- units has been drained before, so `drain` isn't zero.
      local excess = level_now + cost - limit
      if has_bucket and excess > 0.001 then
        refused, wait = 1, math.max(wait, math.ceil(excess * window / drain))
      end
    end
    if refused > 0 then
      allowed = false
    end
  end
  counters[i] = {
    window = window, limit = limit, cost = cost, has_bucket = has_bucket, opened = opened, used = used,
    level = level, measured = measured, drain = drain, level_now = level_now, reported = reported,
    refused = refused, wait = wait, is_ahead = is_ahead,
  }
end

local result = {}
for i, counter in ipairs(counters) do
  local first = 0
  local changed = counter.is_ahead
  if allowed and counter.cost > 0 then
    counter.used = counter.used + counter.cost
    if counter.limit >= 0 and counter.has_bucket then
      counter.level_now = counter.level_now + counter.cost
      counter.level, counter.measured, counter.drain = counter.level_now, now, counter.limit
    end
    changed = true
  elseif counter.refused > 0 and counter.reported == 0 then
    counter.reported, first, changed = 1, 1, true
  end
  local until_end = counter.opened + counter.window - now
  if changed then
    local expires = until_end
    if counter.drain > 0 then
      expires = math.max(expires, counter.level_now * counter.window / counter.drain)
    end
    redis.call('SET', KEYS[i],
      string.format('%.0f:%.0f:%.6f:%.0f:%.0f:%d',
        counter.opened, counter.used, counter.level, counter.measured, counter.drain, counter.reported),
      'PX', string.format('%.0f', math.ceil(expires / 1000) + 1))
  end

  local remaining, resets = 0, until_end
  if counter.limit >= 0 then
    remaining = math.max(0, counter.limit - counter.used)
    if counter.has_bucket then
      local space = counter.limit - counter.level_now + 0.001
      local units = math.max(0, math.floor(space))
      if units < remaining then
        remaining = units
        resets = math.ceil((units + 1 - space) * counter.window / counter.drain)
      end
    end
  end
  for _, number in ipairs({counter.used, remaining, resets, counter.refused, counter.wait, first}) do
    result[#result + 1] = number
  end
end
return result
