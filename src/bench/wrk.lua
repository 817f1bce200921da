-- Asks for COUNT ids in turn from FROM on; with COUNT 0 for an id that nobody asked for before, each time.
-- Prints one line of key=value pairs, as Load does. Arguments: FROM COUNT, and where they are needed
-- a caller's secret (or nothing), the rest of the path (or nothing), and the number of ids that each request asks for
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  local from, count = tonumber(arguments[1]), tonumber(arguments[2])
  local head = (arguments[4] or "") .. " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
  local each = tonumber(arguments[5] or "1")
  if arguments[3] and arguments[3] ~= "" then
    head = head .. "Authorization: Bearer " .. arguments[3] .. "\r\n"
  end
  if count == 0 then
    local id = from + number * 10000000
    request = function()
      id = id + 1
      return "GET /images/" .. string.format("%d", id) .. head .. "\r\n"
    end
  else
    local requests, next = {}, number * 500
    for i = 0, count - 1 do
      local path = "/images/" .. string.format("%d", from + i)
      if each > 1 then
        local ids = {}
        for j = 0, each - 1 do
          ids[j + 1] = "id=" .. string.format("%d", from + (i + j) % count)
        end
        path = "/images?" .. table.concat(ids, "&")
      end
      requests[i] = "GET " .. path .. head .. "\r\n"
    end
    request = function()
      next = next + 1
      return requests[next % count]
    end
  end
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format("requests=%d seconds=%.3f p50=%.3f p99=%.3f p99.9=%.3f refused=%d lost=%d\n",
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
