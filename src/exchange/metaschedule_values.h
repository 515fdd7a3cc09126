#pragma once

#include "exchange/metaschedule_trace.h"
#include "tamis/formats.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tamis {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
/// Numbers by texts.
using TextPlaces = std::unordered_map<std::string, size_t, TextHash, std::equal_to<>>;

/// The values of all knobs of a MetaSchedule database, each text of a decision looked at once. Not thread
/// safe.
class KnownValues {
 public:
  /// The number of no value: a sketch has no such decision.
  static constexpr uint32_t kNone = UINT32_MAX;

  /// Makes numbers of what a plan itself says. Every plan once, in the order of their places.
  void add_plan(const TracePlan& plan);
  /// The numbers of the values of a trace, by the steps of the plan at this place. Errors: corrupt.
  Result<std::vector<uint32_t>> find(size_t place, const TracePlan& plan, std::string_view decisions);
  /// The knob whose values in all records have these numbers, `none` where there is none: a split where all
  /// are factors of one length, as the loops of one workload have; else numbers or names.
  RecordedKnob knob(const std::string& name, const std::vector<uint32_t>& column) const;

 private:
  uint32_t add(KnobValue value);
  Result<uint32_t> number_of(const TraceStep& step, std::vector<uint32_t>& chosen, std::string_view text);

  std::vector<KnobValue> values_;
  TextPlaces tiles_, others_;
  /// By plan and step: the number of a literal, or those of a choice's candidates as far as they were met.
  std::vector<std::vector<std::vector<uint32_t>>> of_plans_;
};

}  // namespace tamis
