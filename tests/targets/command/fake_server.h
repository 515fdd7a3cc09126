#pragma once

#include "base/json.h"
#include "process/run_to_end.h"
#include "process/spawn.h"

#include <string>

namespace tamis::command {

/// A server in the shell whose answers to `run` depend on the knob `what`: each value is a way to behave.
inline std::string fake_server(const std::string& requests = R"(["build","run","features"])") {
  return R"SH(
while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  request=$(printf '%s' "$line" | sed -n 's/.*"request":"\([a-z]*\)".*/\1/p')
  what=$(printf '%s' "$line" | sed -n 's/.*"what":"\([a-z ]*\)".*/\1/p')
  answer() { printf '{"id":%s,%s}\n' "${id:-null}" "$1"; }
  case "$request $what" in
    describe*) answer '"tamis":1,"name":"fake","requests":)SH" +
         requests + R"SH(,"knobs":{"what":["good","slow"]}' ;;
    "build unbuildable") answer '"verdict":"resource_exceeded","message":"too big"' ;;
    "build deadly") echo goodbye >&2; exit 3 ;;
    build*) answer '"features":{"built":1}' ;;
    features*) answer '"features":{"size":4}' ;;
    "run good"|"run slow") answer "\"latencies_ns\":[7,8],\"features\":{\"pid\":$$}" ;;
    "run wrong") answer '"verdict":"wrong_result","message":"off"' ;;
    "run crash") echo last words >&2; kill -SEGV $$ ;;
    "run end") exit 0 ;;
    "run hang") sleep 1000 ;;
    "run noise") echo hello ;;
    "run huge") answer '"latency_ns":1e400' ;;
    "run foreign") echo '{"id":77,"latency_ns":1}' ;;
    "run endless") answer '"latency_ns":Infinity' ;;
    "run odd") answer '"latency":1' ;;
    "run refused") answer '"error":"not today"' ;;
    *) answer '"error":"there is no such request"' ;;
  esac
done
)SH";
}

inline SpawnOptions fake_server_command(const std::string& script = fake_server()) {
  SpawnOptions options;
  options.arguments = shell_command(script);
  return options;
}

}  // namespace tamis::command
