#pragma once

#include "tamis/formats.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tamis {

/// A config as a file has it: knobs by name.
using NamedValues = std::vector<std::pair<std::string, KnobValue>>;

/// Puts a set together from rows that say the value of each knob: what readers of other tools' files share.
/// Good rows are taken, the others are skipped and told of. Not thread safe.
class RowCollector {
 public:
  /// A value that a knob may have, whether it occurs or not. The knobs keep the order in which they are first
  /// named, here or by the first row; other rows may have them in another one.
  void declare(const std::string& knob, KnobValue value);
  /// Takes a row, whose number in the file, from 1, the trial is numbered by. Errors: corrupt where its knobs
  /// differ from the others' or a cost cannot be; nothing is taken then.
  Status add(size_t row, const NamedValues& values, const Objective& objective, Trial trial);
  /// Tells of a row that was left out: `row 3: why`.
  void skip(size_t row, const std::string& why);
  void tell(std::string sentence) { skipped_.push_back(std::move(sentence)); }
  bool empty() const { return trials_.empty(); }

  /// The file with one set: that of `header` (workload, identity, objective) with space and trials. Errors:
  /// corrupt, naming `origin` and the first row skipped, where no row could be taken; as Space::create.
  Result<TrialFile> finish(TrialSet header, const std::string& origin);
  /// The set alone; what was skipped stays.
  Result<TrialSet> finish_set(TrialSet header, const std::string& origin);
  std::vector<std::string> take_skipped() { return std::move(skipped_); }

 private:
  struct Column {
    std::string name;
    std::map<KnobValue, uint32_t> places;
    std::vector<KnobValue> values;  ///< each once, in the order in which they came
  };
  size_t find_or_add(const std::string& name);
  static uint32_t place_of(Column& column, const KnobValue& value);

  std::vector<Column> columns_;
  bool fixed_ = false;  ///< whether the knobs are known
  std::vector<Trial> trials_;
  std::vector<std::string> skipped_;
};

/// A value of a knob from JSON: true and false are 1 and 0, null is the name `None`, and lists and objects
/// are names, their JSON. Errors: corrupt for integers beyond 64 bits and numbers that are not finite.
Result<KnobValue> knob_value_from(const Json& json);

/// Milliseconds since 1970 of a point in time as programs write it: `2026-11-28 02:47:23.746687+00:00`, with
/// `T` or a blank, `Z`, `UTC` or an offset, without one in UTC. 0 for all else.
int64_t unix_ms_of(std::string_view timestamp);

/// ns of a duration; 0 for what cannot be one (less than 0, more than centuries).
int64_t duration_ns(double value, double ns_per_unit);

/// A workload of another program's: external, its source beginning with the format's name.
Workload peer_workload(std::string_view format, std::string name, const std::string& details);

}  // namespace tamis
