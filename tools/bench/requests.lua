-- wrk: requests of one kind, chosen by the environment. At the end one JSON line.
--   KIND=status  GET status of a random job out of COUNT, with TOKEN
--   KIND=file    the ready requests of FILE (separated by a NUL), in turn
--   KIND=submit  POST submit-job of BODY, with TOKEN
--   KIND=plain   GET /
local kind = os.getenv("KIND")
local ready, turn = {}, 0

function init()
  if kind == "file" then
    local file = assert(io.open(os.getenv("FILE"), "rb"))
    for request in file:read("*a"):gmatch("[^%z]+") do
      ready[#ready + 1] = request
    end
  elseif kind == "submit" then
    ready[1] = wrk.format("POST", os.getenv("TARGET"),
                          {["X-Auth-Token"] = os.getenv("TOKEN"), ["Content-Type"] = "application/json"},
                          os.getenv("BODY"))
  elseif kind == "plain" then
    ready[1] = wrk.format("GET", "/")
  else
    math.randomseed(7)
    wrk.headers["X-Auth-Token"] = os.getenv("TOKEN")
  end
end

local prefix, count = os.getenv("TARGET"), tonumber(os.getenv("COUNT") or "0")

function request()
  if kind == "status" then
    local id = string.format("018f0000-0000-7000-8000-%012x", math.random(1, count))
    return wrk.format("GET", prefix .. "/jobs/" .. id .. "/status")
  end
  turn = turn % #ready + 1
  return ready[turn]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('{"requests_per_s": %.1f, "p50_ms": %.3f, "p99_ms": %.3f, "requests": %d, "errors": %d}',
                      summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
                      latency:percentile(99) / 1000, summary.requests,
                      e.connect + e.read + e.write + e.status + e.timeout))
end
