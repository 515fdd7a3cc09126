#!/bin/sh
# A server in the shell: with which block size does dd copy 64 MiB fastest?
#
#     tamis tune blocks --target command --serve 'sh blocks.sh' --trials all
#
# tamis writes its requests without blanks between the tokens, so sed is enough to take them apart.

member() { printf '%s' "$line" | sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }
answer() { printf '{"id":%s,%s}\n' "${id:-null}" "$1"; }

total=$((64 * 1024 * 1024))

run() {
  size=$(member block_size)
  begin=$(date +%s%N)
  if message=$(dd if=/dev/zero of=/dev/null bs="$size" count=$((total / size)) 2>&1); then
    answer "\"latency_ns\":$(($(date +%s%N) - begin))"
  else
    answer "\"verdict\":\"run_failed\",\"message\":\"$(printf '%s' "$message" | tr -c 'A-Za-z0-9.:/ ' ' ')\""
  fi
}

while read -r line; do
  id=$(member id)
  case $(member request) in
    describe)
      answer '"tamis":1,"name":"blocks","knobs":{"block_size":{"powers_of_two":[4096,16777216]}},"default":{"block_size":4096}'
      ;;
    run) run ;;
    *) answer '"error":"there is no such request"' ;;
  esac
done
