#include "cli/progress_view.h"

#include "base/text.h"
#include "drawing/text_table.h"
#include "drawing/text_width.h"
#include "tamis/workload.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr double kSecond = 1e9;
/// Over how long a pace is taken, and how far apart its notes are.
constexpr int64_t kPaceNs = 30 * kSecondNs;
constexpr int64_t kNoteNs = kSecondNs;
/// Fewer trials in less time say nothing of the pace.
constexpr uint64_t kFewTrials = 5;
constexpr int64_t kLongTimeNs = 10 * kSecondNs;
/// A longer time left is a guess that helps nobody.
constexpr double kLongestGuessS = 100.0 * 24 * 3600;

constexpr size_t kIndent = 2;
constexpr size_t kLeastRows = 6, kLeastColumns = 40;
constexpr size_t kShortestBar = 6, kLongestBar = 40;
constexpr size_t kShortestName = 8;

TerminalColour colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return TerminalColour::green;
    case Verdict::rejected:
    case Verdict::build_failed:
    case Verdict::build_timeout:
    case Verdict::resource_exceeded:
      return TerminalColour::yellow;
    case Verdict::device_lost:
      return TerminalColour::magenta;
    case Verdict::launch_failed:
    case Verdict::run_failed:
    case Verdict::crashed:
    case Verdict::run_timeout:
    case Verdict::wrong_result:
      break;
  }
  return TerminalColour::red;
}

/// `####....` or its like in block characters, of so many columns.
std::vector<Styled> bar(double share, size_t columns, bool blocks) {
  const auto done = static_cast<size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns) + 1e-9);
  const auto times = [](std::string_view one, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += one;
    return text;
  };
  return {{times(blocks ? "█" : "#", done), TerminalColour::cyan},
          {times(blocks ? "░" : ".", columns - done), TerminalColour::grey}};
}

/// Names may be long; what follows them is shown all the same.
std::string short_name(const std::string& name, size_t columns) {
  return cut_to_columns(name, std::max(kShortestName, columns / 3));
}

std::string trials_text(const Course& course) {
  return course.total ? fmt::format("{}/{} trials", course.trials, *course.total)
                      : counted(course.trials, "trial");
}

/// Name, bar, trials and what is left.
std::string first_line(const std::string& name, const Course& course, const Paper& paper, int64_t now_ns) {
  const std::string shown = short_name(name, paper.columns());
  const std::string trials = trials_text(course), left = course.left(now_ns);
  const std::optional<double> share = course.share(now_ns);
  StyledLine line;
  line.add(shown);
  constexpr size_t kBetween = 2;
  const size_t others = columns_of(shown) + kBetween + columns_of(trials) +
                        (left.empty() ? 0 : columns_of(left) + kBetween) + kBetween;
  if (share && others + kShortestBar <= paper.columns())
    line.add(bar(*share, std::min(kLongestBar, paper.columns() - others), paper.blocks));
  line.add(trials);
  if (!left.empty()) line.add(left, course.stopping ? TerminalColour::yellow : TerminalColour::none);
  return line.draw(paper.columns(), paper.colours);
}

/// The best so far, with its share of the bound, its gain and when it was found.
void add_best(StyledLine& line, const TaskView& task, std::optional<int64_t> now_ns) {
  if (!task.best) {
    line.add("best none yet");
    return;
  }
  line.add({{"best ", TerminalColour::none}, {task.objective.show(*task.best), TerminalColour::cyan}});
  if (task.bound_ns > 0 && task.objective.is_latency() && *task.best > 0)
    line.add(percent(task.bound_ns / *task.best) + " of bound");
  else if (task.operations > 0 && task.objective.is_latency() && *task.best > 0)
    line.add(fmt::format("{:.1f} G ops/s", task.operations / *task.best));
  const std::optional<double> gain =
      task.untuned ? task.objective.gain(*task.best, *task.untuned) : std::nullopt;
  if (gain) line.add(fmt::format("{:.1f}x {}", *gain, task.objective.is_latency() ? "faster" : "better"));
  if (!now_ns) return;
  const uint64_t ago = task.counts.trials - std::min(task.counts.trials, task.improved_at);
  if (ago == 0) {
    line.add("just improved");
    return;
  }
  std::string since = fmt::format("improved {} ago", counted(ago, "trial"));
  if (task.improved_ns)
    since += fmt::format(" ({})", duration_text(static_cast<double>(*now_ns - *task.improved_ns) / kSecond));
  line.add(since);
}

std::string count_line(const Counts& counts, const Paper& paper) {
  std::vector<std::pair<Verdict, uint64_t>> verdicts = counts.by_verdict;
  if (verdicts.empty() || verdicts.front().first != Verdict::valid)
    verdicts.insert(verdicts.begin(), {Verdict::valid, 0});
  // What fails most comes first, so that a narrow window shows it.
  std::stable_sort(std::next(verdicts.begin()), verdicts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  StyledLine line(kIndent);
  for (const auto& [verdict, trials] : verdicts)
    line.add(fmt::format("{} {}", trials, to_string(verdict)), colour_of(verdict));
  return line.draw(paper.columns(), paper.colours);
}

std::string failure_line(const Reason& reason, const Paper& paper) {
  StyledLine line(kIndent);
  const bool often = reason.trials > 1;  // of messages that all differ one is an example
  const std::string times = often ? fmt::format(" ({} times)", reason.trials) : "";
  const std::string gist = gist_of(reason.message);
  line.add_cut({{often ? "most often " : "e.g. ", TerminalColour::none},
                {std::string(to_string(reason.verdict)), colour_of(reason.verdict)},
                {fmt::format("{}: {}", times, gist.empty() ? "no message" : gist), TerminalColour::none}});
  return line.draw(paper.columns(), paper.colours);
}

std::string only_line(const std::string& name, const std::string& best, const Counts& counts,
                      const Course& course, const Paper& paper, int64_t now_ns) {
  StyledLine line;
  line.add(short_name(name, paper.columns()));
  line.add(course.total ? fmt::format("{}/{}", course.trials, *course.total)
                        : fmt::format("{}", course.trials));
  if (course.stopping) line.add("stopping", TerminalColour::yellow);
  line.add(best);
  if (const std::string left = course.left(now_ns); !left.empty() && !course.stopping) line.add(left);
  if (counts.invalid > 0)
    line.add(percent(static_cast<double>(counts.invalid) / static_cast<double>(counts.trials)) + " invalid");
  return line.draw(paper.columns(), paper.colours);
}

std::string network_line(const NetworkView& network, const Paper& paper) {
  StyledLine line(kIndent);
  if (!network.known) {
    line.add("network not known yet");
    return line.draw(paper.columns(), paper.colours);
  }
  line.add({{"network ", TerminalColour::none}, {format_latency(network.latency_ns), TerminalColour::cyan}});
  if (network.missing > 0) line.add("without " + counted(network.missing, "task"));
  if (network.missing == 0 && network.untuned_ns && network.latency_ns > 0)
    line.add(fmt::format("{:.1f}x faster", *network.untuned_ns / network.latency_ns));
  if (network.less_a_minute_ns && *network.less_a_minute_ns > 0)
    line.add(format_latency(*network.less_a_minute_ns) + " less a minute");
  return line.draw(paper.columns(), paper.colours);
}

/// Blanks so that a text is at least so wide.
std::string to_left(const std::string& text, size_t columns) {
  const size_t has = columns_of(text);
  return has < columns ? text + std::string(columns - has, ' ') : text;
}
std::string to_right(const std::string& text, size_t columns) {
  const size_t has = columns_of(text);
  return has < columns ? std::string(columns - has, ' ') + text : text;
}

/// Wide enough for nearly all values, so that lines stand below one another.
constexpr size_t kBestColumns = 8, kGainColumns = 10, kBoundColumns = 13, kTrialColumns = 11,
                 kInvalidColumns = 10;

/// Where a table with the exact numbers follows.
std::string about(double gain, const Objective& objective) {
  return fmt::format("{:.{}f}x {}", gain, gain < 10 ? 1 : 0, objective.is_latency() ? "faster" : "better");
}

/// What a finished task leaves; where it is not `padded`, nothing stands below its like in other lines.
class FinishedLine {
 public:
  explicit FinishedLine(bool padded) : padded_(padded) {}

  void add(const std::string& text, size_t columns, TerminalColour colour = TerminalColour::none) {
    line_.add(padded_ ? to_right(text, columns) : text, colour);
  }
  void add_name(const std::string& name, size_t columns) {
    line_.add(padded_ ? to_left(name, columns) : name);
  }
  void add_best(const SessionResult& result) {
    const Objective& objective = result.task->objective();
    const double best = result.best->cost(), bound_ns = result.task->bound_ns();
    add(objective.show(best), kBestColumns, TerminalColour::green);
    const std::optional<Trial>& untuned = result.default_trial;
    const std::optional<double> gain =
        untuned && untuned->verdict == Verdict::valid ? objective.gain(best, untuned->cost()) : std::nullopt;
    if (gain) add(about(*gain, objective), kGainColumns);
    if (bound_ns > 0 && objective.is_latency())
      add(fmt::format("{:.0f} % of bound", 100 * bound_ns / best), kBoundColumns);
  }
  const StyledLine& line() const { return line_; }

 private:
  bool padded_;
  StyledLine line_;
};

}  // namespace

bool Paper::roomy() const { return window.rows >= kLeastRows && window.columns >= kLeastColumns; }

std::optional<double> Course::share(int64_t now_ns) const {
  std::optional<double> most;
  const auto consider = [&](double share) { most = std::max(most.value_or(0), std::min(share, 1.0)); };
  if (total && *total > 0) consider(static_cast<double>(trials) / static_cast<double>(*total));
  if (deadline_ns && *deadline_ns > begun_ns)
    consider(static_cast<double>(now_ns - begun_ns) / static_cast<double>(*deadline_ns - begun_ns));
  return most;
}

std::string Course::left(int64_t now_ns) const {
  if (stopping) return "stopping";
  if (deciding) return "measuring the best again";
  std::optional<double> seconds;
  if (total && per_second && *per_second > 0)
    seconds = static_cast<double>(*total - std::min(trials, *total)) / *per_second;
  if (deadline_ns) {
    const double until = static_cast<double>(std::max<int64_t>(0, *deadline_ns - now_ns)) / kSecond;
    seconds = std::min(seconds.value_or(until), until);
  }
  if (!seconds || *seconds > kLongestGuessS) return "";
  return (may_end_early ? "at most " : "") + duration_text(*seconds) + " left";
}

void Pace::note(int64_t now_ns, uint64_t trials) {
  if (notes_.size() >= 2 && now_ns - notes_[notes_.size() - 2].first < kNoteNs) notes_.pop_back();
  notes_.emplace_back(now_ns, trials);
  while (notes_.size() > 2 && now_ns - notes_.front().first > kPaceNs) notes_.pop_front();
}

std::optional<double> Pace::per_second() const {
  if (notes_.size() < 2) return std::nullopt;
  const auto& [begin_ns, first] = notes_.front();
  const auto& [end_ns, last] = notes_.back();
  // The first trials may be all but typical: a worker is started, a model is trained.
  const bool early = last - first < kFewTrials && end_ns - begin_ns < kLongTimeNs;
  if (last <= first || end_ns <= begin_ns || early) return std::nullopt;
  return static_cast<double>(last - first) * kSecond / static_cast<double>(end_ns - begin_ns);
}

TaskView TaskView::of(const Task& task) {
  TaskView view;
  view.name = printable(task.workload().name);
  view.objective = task.objective();
  view.bound_ns = task.bound_ns();
  view.operations = 2.0 * static_cast<double>(multiply_accumulates(task.workload()));
  return view;
}

void TaskView::take(const Progress& progress, int64_t now_ns) {
  counts = *progress.counts;
  if (const Reason* most = progress.reasons->leading(); most != nullptr) {
    // Texts are copied only where they changed.
    if (leading.verdict != most->verdict || leading.message != most->message)
      leading = *most;
    else
      leading.trials = most->trials;
  }
  if (progress.best != nullptr) {
    // What an earlier run found has its number in place of a time.
    if (!best) improved_at = progress.best->number + 1;
    best = progress.best->cost();
  }
  if (progress.improved) {
    improved_at = counts.trials;
    improved_ns = now_ns;
  }
  const Trial* first = progress.default_trial;
  if (!untuned && first != nullptr && first->verdict == Verdict::valid) untuned = first->cost();
}

std::vector<std::string> draw_task(const TaskView& task, const Course& course, const Paper& paper,
                                   int64_t now_ns) {
  if (!paper.roomy()) {
    const std::string best = "best " + (task.best ? task.objective.show(*task.best) : "none yet");
    return {only_line(task.name, best, task.counts, course, paper, now_ns)};
  }
  std::vector<std::string> lines = {first_line(task.name, course, paper, now_ns)};
  if (task.counts.trials == 0) return lines;
  StyledLine best(kIndent);
  add_best(best, task, now_ns);
  lines.push_back(best.draw(paper.columns(), paper.colours));
  lines.push_back(count_line(task.counts, paper));
  if (task.leading.trials > 0) lines.push_back(failure_line(task.leading, paper));
  return lines;
}

std::vector<std::string> draw_network(std::string_view name, const NetworkView& network, const TaskView& task,
                                      const Course& course, const Paper& paper, int64_t now_ns) {
  const std::string title(name);
  if (!paper.roomy()) {
    const std::string latency = network.known ? format_latency(network.latency_ns) : "not known yet";
    return {only_line(title, latency, network.counts, course, paper, now_ns)};
  }
  std::vector<std::string> lines = {first_line(title, course, paper, now_ns)};
  if (network.counts.trials == 0) return lines;
  lines.push_back(network_line(network, paper));
  StyledLine now(kIndent);
  now.add("now " + short_name(task.name, paper.columns()));
  add_best(now, task, std::nullopt);
  now.add(counted(task.counts.trials, "trial"));
  lines.push_back(now.draw(paper.columns(), paper.colours));
  lines.push_back(count_line(network.counts, paper));
  if (task.leading.trials > 0) lines.push_back(failure_line(task.leading, paper));
  return lines;
}

std::string draw_finished(const SessionResult& result, size_t name_columns, const Paper& paper,
                          std::optional<uint64_t> occurrences) {
  const size_t most = std::max(kShortestName, paper.columns() / 3);
  const std::string name = cut_to_columns(printable(result.task->workload().name), most);
  const auto make = [&](bool padded) {
    FinishedLine made(padded);
    made.add_name(name, std::min(name_columns, most));
    if (occurrences) made.add(fmt::format("x{}", *occurrences), 3);
    if (result.best)
      made.add_best(result);
    else
      made.add("nothing valid", 0, TerminalColour::red);
    if (result.stop_reason == StopReason::interrupted) made.add("interrupted", 0, TerminalColour::yellow);
    made.add(counted(result.counts.trials, "trial"), kTrialColumns);
    made.add(fmt::format("{} invalid", result.counts.invalid), kInvalidColumns);
    made.add(duration_text(static_cast<double>(result.wall_ns) / kSecond), 0);
    return made.line();
  };
  const StyledLine line = make(true);
  return (line.columns() <= paper.columns() ? line : make(false)).draw(paper.columns(), paper.colours);
}

std::string gist_of(const std::string& message) {
  constexpr std::string_view kLastWords = "it last wrote: ";
  const size_t words = message.find(kLastWords);
  return printable(words == std::string::npos ? message : message.substr(words + kLastWords.size()));
}

std::string duration_text(double seconds) {
  constexpr int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
  const auto whole = static_cast<int64_t>(std::llround(std::max(0.0, seconds)));
  const auto two = [](int64_t large, const char* unit, int64_t small, const char* smaller) {
    return small == 0 ? fmt::format("{} {}", large, unit)
                      : fmt::format("{} {} {} {}", large, unit, small, smaller);
  };
  if (whole < kMinute) return fmt::format("{} s", whole);
  if (whole < kHour) return two(whole / kMinute, "min", whole % kMinute, "s");
  if (whole < kDay) return two(whole / kHour, "h", whole % kHour / kMinute, "min");
  return two(whole / kDay, "d", whole % kDay / kHour, "h");
}

}  // namespace tamis::cli
