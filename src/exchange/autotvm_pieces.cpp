// Lines of AutoTVM's logs, taken to pieces without a JSON document of each: logs have millions of them.

#include "base/json.h"
#include "base/text.h"
#include "exchange/autotvm_trials.h"
#include "exchange/json_cursor.h"

#include <charconv>
#include <cmath>

namespace tamis {
namespace {

constexpr double kNsPerSecondOfCost = 1e9;

/// An integer from 0 to `most`; nothing for anything else.
std::optional<uint64_t> integer_within(std::string_view raw, uint64_t most) {
  uint64_t value = 0;
  const auto [end, code] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  const bool whole = code == std::errc() && end == raw.data() + raw.size() && value <= most;
  return whole ? std::optional<uint64_t>(value) : std::nullopt;
}

/// Marks a member as seen; false where it was before.
bool see(unsigned& seen, unsigned member) {
  const bool is_new = (seen & member) == 0;
  seen |= member;
  return is_new;
}

bool take_config(JsonCursor& cursor, AutotvmPieces& pieces) {
  std::string_view key;
  unsigned seen = 0;
  if (!cursor.enter('{')) return false;
  for (bool first = true; cursor.member(first, key);) {
    if (key == "index") {
      const auto index = integer_within(cursor.raw(), static_cast<uint64_t>(kExact));
      if (!index || !see(seen, 1)) return false;
      pieces.index = *index;
    } else if (key == "code_hash") {
      pieces.code_hash = cursor.raw();
      if (!see(seen, 2)) return false;
    } else if (key == "entity") {
      if (!see(seen, 4) || !cursor.enter('[')) return false;
      for (bool begins = true; cursor.element(begins);) pieces.entities.push_back(cursor.bracketed());
    } else {
      cursor.raw();
    }
  }
  return (seen & 5) == 5;
}

/// The seconds of each run; of a failure they say nothing.
bool take_costs(JsonCursor& cursor, std::vector<double>& costs_s) {
  if (!cursor.enter('[')) return false;
  for (bool first = true; cursor.element(first);) {
    const std::optional<double> cost = json_number(cursor.raw());
    if (!cost) return false;
    costs_s.push_back(*cost);
  }
  return cursor.ok();
}

bool take_result(JsonCursor& cursor, AutotvmPieces& pieces) {
  bool first = true;
  if (!cursor.enter('[') || !cursor.element(first) || !take_costs(cursor, pieces.costs_s)) return false;
  if (!cursor.element(first)) return false;
  const auto error_no = integer_within(cursor.raw(), 8);
  if (!error_no || !cursor.element(first)) return false;
  pieces.error_no = static_cast<int>(*error_no);
  const std::optional<double> all_cost = json_number(cursor.raw());
  if (!all_cost || !std::isfinite(*all_cost) || !cursor.element(first)) return false;
  const std::optional<double> timestamp = json_number(cursor.raw());
  if (!timestamp || !std::isfinite(*timestamp) || cursor.element(first)) return false;
  pieces.all_cost_s = *all_cost;
  pieces.timestamp_s = *timestamp;
  if (*error_no != 0) {
    pieces.costs_s.clear();
    return true;
  }
  for (const double cost : pieces.costs_s)
    if (!check_latency_ns(cost * kNsPerSecondOfCost).ok()) return false;
  return !pieces.costs_s.empty();
}

}  // namespace

bool take_to_pieces(std::string_view line, AutotvmPieces& pieces) {
  pieces.entities.clear();
  pieces.costs_s.clear();
  pieces.code_hash = "null";
  pieces.tvm_version = {};
  JsonCursor cursor(line);
  std::string_view key;
  unsigned seen = 0;
  bool good = cursor.enter('{');
  for (bool first = true; good && cursor.member(first, key);) {
    if (key == "input") {
      pieces.input = cursor.bracketed();
      good = see(seen, 1);
    } else if (key == "config") {
      good = see(seen, 2) && take_config(cursor, pieces);
    } else if (key == "result") {
      good = see(seen, 4) && take_result(cursor, pieces);
    } else if (key == "version") {
      good = see(seen, 8) && cursor.raw() == "0.2";
    } else if (key == "tvm_version") {
      pieces.tvm_version = cursor.raw();
      good = see(seen, 16) && pieces.tvm_version.starts_with('"');
    } else {
      good = key != "i" && key != "v";
      cursor.raw();
    }
  }
  return good && cursor.ok() && cursor.at_end() && (seen & 15) == 15;
}

}  // namespace tamis
