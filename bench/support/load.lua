-- Closed-loop load for wrk that can be counted exactly: after LOAD_SECONDS no connection sends another request, and those
-- under way are answered before wrk stops. So requests counted here are requests sent, none is cut off in the middle.
-- Needs one wrk thread (-t1) and a duration longer than LOAD_SECONDS. Prints one line: RESULT and JSON.
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long sec; long nsec; } bench_time;
  int clock_gettime(int clock, bench_time *time);
]]

local at = ffi.new("bench_time")
local function now()
  ffi.C.clock_gettime(1, at)
  return tonumber(at.sec) + tonumber(at.nsec) / 1e9
end

local seconds = tonumber(os.getenv("LOAD_SECONDS") or "5")
local body_file = os.getenv("LOAD_BODY")
local text, thread
sent, started, stopped = 0, 0, 0

function setup(made)
  thread = made
end

function init()
  if body_file then
    local file = assert(io.open(body_file, "rb"))
    wrk.method = "POST"
    wrk.body = file:read("*a")
    wrk.headers["Content-Type"] = "application/json"
    file:close()
  end
  text = wrk.format()
end

function request()
  if sent == 0 then started = now() end
  if stopped > 0 then return "" end
  if sent % 16 == 0 and sent > 0 then
    local time = now()
    if time - started >= seconds then
      stopped = time
      return ""
    end
  end
  sent = sent + 1
  return text
end

function done(summary, latency)
  local took = thread:get("stopped") - thread:get("started")
  local failed = summary.errors
  io.write(string.format(
    'RESULT {"sent":%d,"answered":%d,"seconds":%.6f,"non2xx":%d,"broken":%d,"p50Micros":%d,"p99Micros":%d}\n',
    thread:get("sent"), summary.requests, took, failed.status,
    failed.connect + failed.read + failed.write + failed.timeout, latency:percentile(50), latency:percentile(99)))
end
