#pragma once

#include "tamis/counts.h"
#include "tamis/trial_set.h"

#include <string>
#include <vector>

namespace tamis {

/// What came of the configs of a table that have one value of one knob.
struct ValueCounts {
  std::string value;
  Counts counts;
};

/// The configs of a table by the values of one knob.
struct KnobCounts {
  std::string knob;
  std::vector<ValueCounts> values;  ///< those that occur, in the knob's order
  /// What the knob's value tells of whether a config is valid, in bits: the mutual information, between 0 and
  /// 1.
  double information = 0.0;
};

/// How much of a table is invalid, in which way, and where.
struct Invalidity {
  std::string table;
  Counts counts;
  std::vector<KnobCounts> knobs;  ///< those with a choice, the one that tells the most first
};

Invalidity count_invalid(const TrialSet& table);

}  // namespace tamis
