#pragma once

#include "base/result.h"
#include "exchange/recorded_table.h"
#include "space/space.h"
#include "trial/trial.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tamis {

/// A knob made of the values that a column of a table has, and the position of every row's value in it.
struct RecordedKnob {
  Knob knob;
  std::vector<uint32_t> choices;
};

/// Numbers become a number knob with ascending values; if any value is a name, all become names in
/// alphabetical order. Values must be int64_t, double or std::string, whole numbers within 2^53.
RecordedKnob recorded_knob(std::string name, std::span<const KnobValue> column);

/// Puts a table together from trials in the order of the rows, whose numbers say which row (from 0) they come
/// from and whose configs are of the product of `knobs`. Trials of rejected configs are dropped. Errors:
/// corrupt when no trial is left or a config occurs twice; as Space::create.
Result<TrialSet> assemble_table(std::string name, std::vector<Knob> knobs, std::vector<Trial> trials);

}  // namespace tamis
