#pragma once

#include "cli/console.h"
#include "drawing/styled_line.h"
#include "tamis/counts.h"
#include "tamis/objective.h"
#include "tamis/session.h"
#include "tamis/task.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tamis::cli {

/// What a terminal can show.
struct Paper {
  Window window;
  bool colours = false;
  bool blocks = false;

  /// How many columns a line may take: the last one stays free, because some terminals wrap behind it.
  size_t columns() const { return window.columns > 1 ? window.columns - 1 : 1; }
  /// Whether there is room for more than one line.
  bool roomy() const;
};

/// How far something is that ends after so many trials, after a time, or both, whichever comes first. A plain
/// value; times are of monotonic_ns().
struct Course {
  uint64_t trials = 0;
  std::optional<uint64_t> total = std::nullopt;  ///< trials there will be at most
  int64_t begun_ns = 0;
  std::optional<int64_t> deadline_ns = std::nullopt;  ///< where the time is limited
  bool may_end_early = false;                         ///< for other reasons
  bool deciding = false;                              ///< everything was tried, and the best is being chosen
  bool stopping = false;                              ///< the user stopped it
  std::optional<double> per_second = std::nullopt;    ///< trials, lately

  /// From 0 to 1; nothing where no end is known.
  std::optional<double> share(int64_t now_ns) const;
  /// In words: `3 min 20 s left`; empty where nothing tells.
  std::string left(int64_t now_ns) const;
};

/// How fast trials came lately: over the last half minute, or as long as there were any.
class Pace {
 public:
  /// So many trials were made at this time, which never goes back.
  void note(int64_t now_ns, uint64_t trials);
  /// Trials in a second; nothing before there were some trials, or one in ten seconds.
  std::optional<double> per_second() const;

 private:
  std::deque<std::pair<int64_t, uint64_t>> notes_;
};

/// What is shown of a task that is being tuned. A plain value; costs are of its objective.
struct TaskView {
  std::string name;  ///< printable
  Objective objective;
  double bound_ns = 0;
  double operations = 0;  ///< of its definition, two a multiply-accumulate; shown where there is no bound
  Counts counts;
  Reason leading;  ///< the most frequent failure; no trials where there was none
  std::optional<double> best = std::nullopt;
  std::optional<double> untuned = std::nullopt;       ///< of the default config
  uint64_t improved_at = 0;                           ///< how many trials there were when the best was found
  std::optional<int64_t> improved_ns = std::nullopt;  ///< when that was, where it was in this run

  /// What is known before the first trial.
  static TaskView of(const Task& task);
  /// Takes in what a session says.
  void take(const Progress& progress, int64_t now_ns);
};

/// What is shown of a network that is being tuned.
struct NetworkView {
  double latency_ns = 0;
  std::optional<double> untuned_ns = std::nullopt;  ///< with the default configs
  std::optional<double> less_a_minute_ns = std::nullopt;
  size_t missing = 0;  ///< tasks that it lacks
  bool known = false;  ///< whether it has any
  Counts counts;       ///< of all tasks
};

/// The lines of a task: how far it is, what is best, trials by verdict, the most frequent failure. In a small
/// window one line.
std::vector<std::string> draw_task(const TaskView& task, const Course& course, const Paper& paper,
                                   int64_t now_ns);
/// The lines of a network of this name, of whose tasks `task` is being tuned.
std::vector<std::string> draw_network(std::string_view name, const NetworkView& network, const TaskView& task,
                                      const Course& course, const Paper& paper, int64_t now_ns);

/// The line that a finished task leaves: its best, what that gains, its trials and time. Names are as wide as
/// `name_columns`. `occurrences`: how often the network runs it, where it is of one.
std::string draw_finished(const SessionResult& result, size_t name_columns, const Paper& paper,
                          std::optional<uint64_t> occurrences = std::nullopt);

/// A message in the words of whoever failed, where it has such, printable.
std::string gist_of(const std::string& message);

/// A time for people in at most two units: `8 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`.
std::string duration_text(double seconds);

}  // namespace tamis::cli
