#pragma once

#include "tamis/formats.h"
#include "tamis/objective.h"
#include "tamis/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace tamis {

/// What a file says of its objective, each text empty where it says nothing.
struct ForeignObjective {
  std::string name;       ///< of the measurement
  std::string unit;       ///< that a value of it has somewhere in the file
  std::string time_unit;  ///< of times that name none: the file's own, or that of another time in it
  std::optional<Direction> direction = {};
};

/// What the values of a file are to become.
struct ValueScale {
  Objective objective;
  /// How many ns (of a latency) or units of the objective a value without a unit is; 0 where nobody says.
  double plain = 1;

  /// The same for a value in this unit; 0 where it is none of the objective's. An empty one is plain.
  double of(std::string_view unit) const;
  /// The cost of a value that is scaled so.
  double cost(double value, double factor) const {
    return objective.is_latency() ? value * factor : objective.cost_of(value * factor);
  }
};

/// Whether a measurement of this name is a time where no unit says what it is. Thread safe.
bool is_called_a_time(std::string_view name);

/// Whether the options ask for the latency of a file, whatever that is called there. Thread safe.
bool asks_for_latency(const ReadOptions& options);

/// The objective of a file: what the options say, and what they leave open from the file. Its direction is
/// what the file says, else that of known_direction or of the rules of autotuning_methodology 1.1.0 (a name
/// with `time` in it is to be minimised; with `score`, `gflop/s`, `gflops` or `gb/s`, maximised). A time to
/// be minimised is a latency. Errors: invalid_input, naming the flag, where neither tells the direction or
/// they contradict each other, where the options have another unit than the file, and where they ask for a
/// latency and it is none. Thread safe.
Result<ValueScale> scale_of(const ForeignObjective& file, const ReadOptions& options);

/// scale_of for files whose measurements have one unit each, which `plain` then is. Errors: as scale_of;
/// invalid_input where nothing says in which unit a time is. Thread safe.
Result<ValueScale> plain_scale_of(const ForeignObjective& file, const ReadOptions& options);

/// The same for files that have no other measurement. Errors: as before; invalid_input where the options pick
/// one of another name; a latency may be called `latency` or `time`, too. Thread safe.
Result<ValueScale> only_scale_of(const ForeignObjective& file, const ReadOptions& options);

}  // namespace tamis
