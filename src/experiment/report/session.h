#pragma once

#include "base/json.h"
#include "experiment/report/subject.h"
#include "experiment/report/trial_rows.h"
#include "tamis/counts.h"
#include "tamis/log.h"
#include "tamis/space.h"
#include "tamis/trial.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tamis::report {

/// One session of a report: trials are added as they are read, and what the document says of them is kept,
/// not the trials themselves. A plain value.
class ReportSession {
 public:
  /// `log` is the file's name, without the folders above it; `finals` must be up to date. Errors: corrupt for
  /// knobs that no log has.
  static Result<ReportSession> create(SessionRecord record, std::string log,
                                      std::optional<Finals> finals = {});

  /// Adds a trial, whose number is larger than that of all before it. Errors: corrupt for a config of another
  /// space.
  Status add(const Trial& trial);
  /// The least latency in ns that the arithmetic units allow; 0 where it is not known.
  void set_bound_ns(double bound_ns) { bound_ns_ = bound_ns; }
  /// The schema's `repeat_command`; empty where there is none.
  void set_repeat_command(std::string command) { repeat_command_ = std::move(command); }

  const SessionRecord& record() const { return record_; }
  const std::string& log() const { return log_; }
  const Space& space() const { return space_; }
  const Counts& counts() const { return counts_; }
  const TrialRows& rows() const { return rows_; }
  double bound_ns() const { return bound_ns_; }
  bool has_repeat_command() const { return !repeat_command_.empty(); }
  bool has_finals() const { return finals_.has_value(); }
  /// The best trial, with the costs of the finals where it won them; nothing where none was valid.
  std::optional<Trial> best() const;
  /// At most kLearnt trials, evenly spread, without lost devices, features and messages.
  std::span<const Trial> sample() const { return sample_; }
  /// What came of the default config, where the session tried it, with the costs of the finals where it was
  /// in them.
  std::optional<Trial> default_trial() const;

  /// The schema's `session`. `space` and `group` are its members.
  Json to_json(size_t space, const std::string& group) const;
  /// The data of an event `append`: the rows from one on, and the texts that follow `texts`. `session` is the
  /// position of this one in the document.
  Json append_json(size_t session, size_t from, const TrialRows::Texts& texts) const;

 private:
  ReportSession(SessionRecord record, std::string log, Space space, std::optional<Finals> finals);
  void keep(const Trial& trial);
  void add_to_sample(const Trial& trial);
  Json best_json(const Trial& best) const;
  std::string command_of(const Trial& trial) const;
  Json finals_json() const;

  SessionRecord record_;
  std::string log_;
  Space space_;
  Counts counts_;
  TrialRows rows_;
  std::optional<Finals> finals_;
  std::map<uint64_t, Trial> kept_;  ///< by number: the finalists and trial 0
  std::optional<Trial> fastest_;    ///< by its own costs
  std::vector<Trial> sample_;
  uint64_t sample_step_ = 1;  ///< of the trials that come to the sample, every so many is taken
  uint64_t offered_ = 0;      ///< how many came
  double bound_ns_ = 0;
  std::string repeat_command_;
};

}  // namespace tamis::report
