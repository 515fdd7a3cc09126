#include "cli/progress.h"

#include "base/clock.h"
#include "base/text.h"
#include "experiment/tuning_report.h"
#include "tamis/objective.h"
#include "tamis/space.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

constexpr int64_t kRedrawNs = 100'000'000;
constexpr uint64_t kPlainEvery = 100;

/// What a message says in the words of whoever failed, where it has such, and nothing that moves the cursor.
std::string gist_of(const std::string& message) {
  constexpr std::string_view kLastWords = "it last wrote: ";
  const size_t words = message.find(kLastWords);
  std::string gist = words == std::string::npos ? message : message.substr(words + kLastWords.size());
  std::replace_if(
      gist.begin(), gist.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  return gist;
}

}  // namespace

void ProgressDisplay::begin(const Task& task, uint64_t batch) {
  task_ = &task;
  batch_ = batch;
  begun_ns_ = monotonic_ns();
  drawn_ns_ = 0;
  seen_ = 0;
  const std::optional<uint64_t> configs = known_count(task.space());
  if (!quiet_ && !console_.live)
    console_.note(fmt::format("{}: {}\n", task.workload().name,
                              configs ? counted(*configs, "config") : size_text(task.space()) + " configs"));
}

void ProgressDisplay::note(const std::string& text) {
  end();
  console_.note(fmt::format("{}: {}\n", task_->workload().name, text));
}

void ProgressDisplay::tell_failing_begin(const Progress& progress) {
  const Counts& counts = *progress.counts;
  if (counts.trials != batch_ || counts.invalid != batch_ || progress.reasons->empty()) return;
  end();
  std::string text = batch_ == 1 ? fmt::format("{}: the first trial was not valid\n", task_->workload().name)
                                 : fmt::format("{}: none of the first {} trials was valid\n",
                                               task_->workload().name, batch_);
  for (const Reason& reason : progress.reasons->most_frequent())
    text += fmt::format("  {} {}: {}\n", reason.trials, to_string(reason.verdict), reason.message);
  console_.note(text);
}

void ProgressDisplay::update(const Progress& progress) {
  ++seen_;
  if (quiet_) return;
  tell_failing_begin(progress);
  if (console_.live) {
    const int64_t now = monotonic_ns();
    if (now - drawn_ns_ < kRedrawNs && !progress.improved) return;
    drawn_ns_ = now;
    drawn_ = true;
    console_.note("\r\033[K" + line(progress));
  } else if (progress.improved || progress.counts->trials % kPlainEvery == 0) {
    console_.note(line(progress) + "\n");
  }
}

void ProgressDisplay::tell(const DeviceEvent& event) {
  if (quiet_) return;
  end();  // the live line is drawn again below
  console_.note(describe(event) + "\n");
}

void ProgressDisplay::end() {
  if (drawn_) console_.note("\r\033[K");
  drawn_ = false;
}

std::string ProgressDisplay::line(const Progress& progress) const {
  const Counts& counts = *progress.counts;
  const std::string trials = progress.total ? fmt::format("{}/{} trials", counts.trials, *progress.total)
                                            : counted(counts.trials, "trial");
  const double valid =
      100.0 * static_cast<double>(counts.trials - counts.invalid) / static_cast<double>(counts.trials);
  std::string text =
      fmt::format("{}  {}  {:.0f} % valid  best {}", task_->workload().name, trials, valid,
                  progress.best != nullptr ? task_->objective().show(progress.best->cost()) : "none yet");
  if (progress.total && seen_ > 0 && *progress.total > counts.trials) {
    const double elapsed_s = static_cast<double>(monotonic_ns() - begun_ns_) / 1e9;
    const double left = static_cast<double>(*progress.total - counts.trials);
    text += fmt::format("  {:.0f} s left", elapsed_s / static_cast<double>(seen_) * left);
  }
  if (!console_.live) return text;
  // What fails most often, as the trials come in.
  const std::vector<Reason> reasons = progress.reasons->most_frequent();
  const auto most = std::max_element(reasons.begin(), reasons.end(),
                                     [](const Reason& a, const Reason& b) { return a.trials < b.trials; });
  if (most != reasons.end())
    text += fmt::format("  {} {}: {}", most->trials, to_string(most->verdict), gist_of(most->message));
  // A line that wraps could not be drawn over. The last column stays free: some terminals wrap behind it.
  return std::string(first_characters(text, console_.columns() - 1));
}

}  // namespace tamis::cli
