#pragma once

#include "exchange/packed_trials.h"
#include "exchange/stored_trials.h"
#include "tamis/formats.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tamis {

/// A config as a file has it: knobs by name.
using NamedValues = std::vector<std::pair<std::string, KnobValue>>;
/// The same where values are JSON, as texts: a text that came before costs no look at what it means.
using NamedTexts = std::vector<std::pair<std::string_view, std::string_view>>;

/// Puts a set together from rows that say the value of each knob: what readers of other tools' files share.
/// Good rows are taken, the others are skipped and told of. Not thread safe.
class RowCollector {
 public:
  /// A value that a knob may have, whether it occurs or not. The knobs keep the order in which they are first
  /// named, here or by the first row; other rows may have them in another one. Once rows were taken, a knob
  /// that they lack is passed over.
  void declare(const std::string& knob, const KnobValue& value);
  /// The same for each value in a JSON list; those that knob_value_from_text refuses are passed over.
  void declare_list(const std::string& knob, std::string_view list);
  /// Takes a row, whose number in the file, from 1, the trial is numbered by. Errors: corrupt where its knobs
  /// differ from the others' or a cost cannot be; nothing is taken then.
  Status add(size_t row, const NamedValues& values, const Objective& objective, Trial trial);
  /// The same. Errors: as knob_value_from_text, too.
  Status add(size_t row, const NamedTexts& texts, const Objective& objective, Trial trial);
  /// Tells of a row that was left out: `row 3: why`.
  void skip(size_t row, const std::string& why) { skipped_.add(row, why); }
  /// Tells of something else that was left out.
  void tell(std::string sentence) { told_.push_back(std::move(sentence)); }
  bool empty() const { return !trials_ || trials_->size() == 0; }

  /// The file with one set: that of `header` (workload, identity, objective) with space and trials. Errors:
  /// corrupt, naming `origin` and the first row skipped, where no row could be taken; as Space::create.
  Result<StoredFile> finish(TrialSet header, const std::string& origin);
  /// The set alone; what was skipped stays.
  Result<StoredSet> finish_set(TrialSet header, const std::string& origin);
  /// Tells a file what was skipped.
  void tell_skipped(StoredFile& file) const;

 private:
  /// The values of a knob, each once, and the texts that stand for them.
  struct Column {
    explicit Column(const std::string& knob) : name(knob), texts(knob) {}
    std::string name;
    std::map<KnobValue, uint32_t> places;
    std::vector<KnobValue> values;  ///< in the order in which they came
    KnobColumn texts;
    std::vector<uint32_t> text_places;  ///< of each text
  };
  size_t find_or_add(const std::string& name);
  static uint32_t place_of(Column& column, const KnobValue& value);
  static void add_text(Column& column, std::string_view text, uint32_t place);
  template <class Values>
  Status find_columns(const Values& values);
  template <class Values>
  Status check(const Values& values, const Objective& objective, const Trial& trial);
  void push(size_t row, Trial& trial);

  std::vector<Column> columns_;
  bool fixed_ = false;  ///< whether the knobs are known
  std::unique_ptr<PackedTrials> trials_;
  std::vector<size_t> order_;       // the column of each value of the row at hand
  std::vector<bool> filled_;        // the columns that it has a value for
  std::vector<KnobValue> unknown_;  // what its new texts mean
  Skipped skipped_;
  std::vector<std::string> told_;
};

/// A value of a knob from JSON: true and false are 1 and 0, null is the name `None`, and lists and objects
/// are names, their JSON. Errors: corrupt for integers beyond 64 bits and numbers that are not finite.
Result<KnobValue> knob_value_from(const Json& json);

/// Milliseconds since 1970 of a point in time as programs write it: `2026-11-28 02:47:23.746687+00:00`, with
/// `T` or a blank, `Z`, `UTC` or an offset (`+01:00`, `+0100`), without one in UTC. 0 for all else.
int64_t unix_ms_of(std::string_view timestamp);

/// ns of a duration; 0 for what cannot be one (less than 0, more than centuries).
int64_t duration_ns(double value, double ns_per_unit);

/// A workload of another program's: external, its source beginning with the format's name.
Workload peer_workload(std::string_view format, std::string name, const std::string& details);

}  // namespace tamis
