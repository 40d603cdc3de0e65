-- wrk: POST the bodies in files, in turn. Arguments: content type, then
-- Inference-Header-Content-Length or "", then the files. Prints one line of JSON at the end.
local requests, turn = {}, 0

local function read(path)
  local file = assert(io.open(path, "rb"))
  local body = file:read("*a")
  file:close()
  return body
end

function init(arguments)
  local headers = { ["Content-Type"] = arguments[1] }
  if arguments[2] ~= "" then
    headers["Inference-Header-Content-Length"] = arguments[2]
  end
  for i = 3, #arguments do
    requests[i - 2] = wrk.format("POST", nil, headers, read(arguments[i]))
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "failed": %d, "p50_ms": %f, "p99_ms": %f}\n',
    summary.requests, summary.duration / 1e6,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
