#include "exchange/perfetto.h"

#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr double kUsPerMs = 1e3;
constexpr double kNsPerUs = 1e3;
constexpr int64_t kNsPerMs = 1'000'000;
/// How far a log's ends of trials may be from the truth.
constexpr double kRoundingUs = 1e3;
constexpr std::string_view kNoDevice = "device not named";

/// A stretch of time, us.
struct Stretch {
  double begin = 0, end = 0;
};

/// Rows of one track, in each of which stretches do not overlap.
class Rows {
 public:
  /// The row that takes a stretch, which is cut at its begin where it overlaps by a rounding only.
  size_t place(Stretch& stretch) {
    for (size_t row = 0; row < ends_.size(); ++row) {
      if (stretch.begin < ends_[row] - kRoundingUs || stretch.end < ends_[row]) continue;
      stretch.begin = std::max(stretch.begin, ends_[row]);
      ends_[row] = stretch.end;
      return row;
    }
    ends_.push_back(stretch.end);
    return ends_.size() - 1;
  }

 private:
  std::vector<double> ends_;
};

/// The tracks of one session: of each device, and of builds, with numbers that follow one another.
class Tracks {
 public:
  explicit Tracks(size_t process) : process_(process) {}

  /// The number of the track of a stretch; the first time its name goes to `events`.
  size_t track_of(const std::string& name, Stretch& stretch, std::string& events) {
    const size_t row = rows_[name].place(stretch);
    const auto [place, added] = numbers_.try_emplace({name, row}, numbers_.size() + 1);
    if (added)
      events += fmt::format(
          ",\n{}", Json{{"ph", "M"},
                        {"name", "thread_name"},
                        {"pid", process_},
                        {"tid", place->second},
                        {"args", {{"name", row == 0 ? name : fmt::format("{} ({})", name, row + 1)}}}}
                       .dump(-1, ' ', false, Json::error_handler_t::replace));
    return place->second;
  }

 private:
  size_t process_;
  std::map<std::string, Rows> rows_;
  std::map<std::pair<std::string, size_t>, size_t> numbers_;
};

class Writer {
 public:
  explicit Writer(std::span<const TrialSet> sets) : sets_(sets) {
    for (const TrialSet& set : sets) {
      if (set.started_unix_ms > 0) start_ms_ = std::min(start_ms_, set.started_unix_ms);
      for (const Trial& trial : set.trials)
        if (trial.finished_unix_ms > 0)
          start_ms_ =
              std::min(start_ms_, trial.finished_unix_ms - (trial.build_ns + trial.run_ns) / kNsPerMs);
    }
  }

  TrialText write() {
    text_.text = R"({"displayTimeUnit":"ms","traceEvents":[)"
                 "\n"
                 R"({"ph":"M","name":"trace","pid":0,"args":{"made_by":"tamis"}})";
    for (size_t i = 0; i < sets_.size(); ++i) write_set(sets_[i], i + 1);
    text_.text += "\n]}\n";
    return std::move(text_);
  }

 private:
  void add(const Json& event) {
    text_.text += ",\n" + event.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  void write_set(const TrialSet& set, size_t process) {
    std::vector<const Trial*> trials;
    for (const Trial& trial : set.trials)
      if (trial.finished_unix_ms > 0) trials.push_back(&trial);
    if (const size_t without = set.trials.size() - trials.size(); without > 0)
      text_.skipped.push_back(fmt::format("{} of {}: it is not known when they ended",
                                          counted(without, "trial"), set.workload.name));
    if (trials.empty()) {
      ++text_.sets_left_out;
      return;
    }
    std::stable_sort(trials.begin(), trials.end(), [](const Trial* a, const Trial* b) {
      return a->finished_unix_ms < b->finished_unix_ms;
    });
    add({{"ph", "M"},
         {"name", "process_name"},
         {"pid", process},
         {"args", {{"name", set.workload.name + " on " + set.target_spec}}}});
    Tracks tracks(process);
    double best = std::numeric_limits<double>::infinity();
    for (const Trial* trial : trials) {
      write_trial(set, *trial, process, tracks);
      if (trial->verdict != Verdict::valid || trial->cost() >= best) continue;
      best = trial->cost();
      add({{"ph", "C"},
           {"name", set.objective.name},
           {"pid", process},
           {"ts", end_of(*trial)},
           {"args",
            {{set.objective.unit.empty() ? "value" : set.objective.unit, set.objective.value_of(best)}}}});
    }
  }

  double end_of(const Trial& trial) const {
    return static_cast<double>(trial.finished_unix_ms - start_ms_) * kUsPerMs;
  }

  void write_trial(const TrialSet& set, const Trial& trial, size_t process, Tracks& tracks) {
    const double end = end_of(trial);
    const Stretch run{end - static_cast<double>(trial.run_ns) / kNsPerUs, end};
    const Stretch build{run.begin - static_cast<double>(trial.build_ns) / kNsPerUs, run.begin};
    Json arguments = {{"trial", trial.number},
                      {"verdict", to_string(trial.verdict)},
                      {"config", set.space.describe(trial.config)},
                      {"proposer", trial.proposer}};
    if (!trial.message.empty()) arguments["message"] = trial.message;
    const bool valid = trial.verdict == Verdict::valid && !trial.costs.empty();
    const std::string outcome =
        valid ? set.objective.show(trial.cost()) : std::string(to_string(trial.verdict));
    if (trial.build_ns > 0)
      write_slice("builds", trial.measured ? fmt::format("build {}", trial.number) : outcome, build,
                  arguments, process, tracks);
    if (trial.measured)
      write_slice(trial.device.empty() ? std::string(kNoDevice) : trial.device, outcome, run, arguments,
                  process, tracks);
  }

  void write_slice(const std::string& track, const std::string& name, Stretch stretch, const Json& arguments,
                   size_t process, Tracks& tracks) {
    const size_t number = tracks.track_of(track, stretch, text_.text);
    add({{"ph", "X"},
         {"name", name},
         {"cat", arguments.at("verdict")},
         {"pid", process},
         {"tid", number},
         {"ts", stretch.begin},
         {"dur", stretch.end - stretch.begin},
         {"args", arguments}});
  }

  std::span<const TrialSet> sets_;
  int64_t start_ms_ = std::numeric_limits<int64_t>::max();  ///< when the first session began
  TrialText text_;
};

Result<TrialText> write_perfetto(std::span<const TrialSet> sets) {
  TrialText text = Writer(sets).write();
  const auto empty = [](const TrialSet& set) { return set.trials.empty(); };
  if (std::all_of(sets.begin(), sets.end(), empty)) return invalid_input("there are no trials to write");
  if (text.sets_left_out == sets.size())
    return unsupported(
        "a trace shows when trials ended, and of these that is not known; write them in another format");
  return text;
}

bool recognise_nothing(std::string_view) { return false; }

}  // namespace

Format perfetto_format() {
  return {"perfetto",        "Perfetto's trace of builds and runs by device",
          ".perfetto.json",  true,
          recognise_nothing, nullptr,
          write_perfetto};
}

}  // namespace tamis
