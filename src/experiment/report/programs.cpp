#include "experiment/report/programs.h"

#include "base/bytes.h"
#include "base/text.h"
#include "experiment/report/columns.h"
#include "tamis/targets.h"
#include "tamis/task.h"
#include "targets/vta/codegen/artifact.h"
#include "targets/vta/simulator/bound.h"
#include "targets/vta/simulator/timeline.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tamis::report {
namespace {

using vta::Activity;
using vta::Engine;
using vta::Timeline;

constexpr std::array kEngines = {Engine::fetch, Engine::load, Engine::compute, Engine::store};

/// Spans of one engine, up to the last of the program's cycles, without what is idle.
using EngineSpans = std::vector<vta::Span>;

bool is_on_vta(const Subject& subject) {
  return subject.target_spec.substr(0, subject.target_spec.find(':')) == "vta";
}

/// The names of waits begin with 'waits for', as the page takes them.
std::string_view part_name(Activity activity) {
  switch (activity) {
    case Activity::take:
      return "waits for taking an instruction";
    case Activity::done:
      return "idle";
    default:
      return vta::name_of(activity);
  }
}

/// A sentence of a text without a stop.
std::string as_sentence(std::string text) {
  if (text.empty()) return text;
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text + ".";
}

/// The program of the subject's best config as the device would be given it, but for its operands.
Result<std::shared_ptr<const vta::VtaArtifact>> rebuild(const Subject& subject) {
  TAMIS_ASSIGN(const SharedTask task,
               recall_task(subject.target_spec, subject.target_identity, subject.workload, subject.space));
  BuildOutcome built = task->build(subject.best->config);
  auto program = std::dynamic_pointer_cast<const vta::VtaArtifact>(built.artifact);
  if (!program) return unsupported(fmt::format("its best config is not built any more: {}", built.message));
  return program;
}

EngineSpans clipped(const EngineSpans& row, uint64_t cycles) {
  EngineSpans kept;
  for (vta::Span span : row) {
    if (span.begin >= cycles) break;
    span.end = std::min(span.end, cycles);
    if (span.activity != Activity::done && span.end > span.begin) kept.push_back(span);
  }
  return kept;
}

/// Neighbours that become one, named by what takes most of it.
class Merging {
 public:
  bool empty() const { return end_ == begin_; }
  uint64_t length() const { return end_ - begin_; }
  bool reaches(const vta::Span& span) const { return !empty() && end_ == span.begin; }
  void add(const vta::Span& span) {
    if (empty()) begin_ = span.begin;
    end_ = span.end;
    cycles_[static_cast<size_t>(span.activity)] += span.end - span.begin;
  }
  vta::Span take(Engine engine) {
    const auto most = std::max_element(cycles_.begin(), cycles_.end());
    const vta::Span span{static_cast<Activity>(most - cycles_.begin()), engine, begin_, end_};
    *this = {};
    return span;
  }

 private:
  uint64_t begin_ = 0, end_ = 0;
  std::array<uint64_t, vta::kActivities> cycles_{};
};

/// A row in which neighbours that are shorter than so many cycles became one.
EngineSpans merged(const EngineSpans& row, uint64_t shortest) {
  EngineSpans spans;
  Merging few;
  const auto flush = [&] {
    if (!few.empty()) spans.push_back(few.take(row.front().engine));
  };
  for (const vta::Span& span : row) {
    if (!few.reaches(span)) flush();
    if (span.end - span.begin >= shortest) {
      flush();
      spans.push_back(span);
      continue;
    }
    few.add(span);
    if (few.length() >= shortest) flush();
  }
  flush();
  return spans;
}

struct AllSpans {
  std::array<EngineSpans, vta::kEngines> of;  ///< by engine
  uint64_t shortest = 0;                      ///< shorter neighbours became one; 0: none did

  size_t spans() const {
    return std::accumulate(of.begin(), of.end(), size_t{0},
                           [](size_t sum, const EngineSpans& row) { return sum + row.size(); });
  }
};

AllSpans rows_of(const Timeline& timeline, const ProgramLimits& limits) {
  AllSpans rows;
  for (size_t i = 0; i < rows.of.size(); ++i) rows.of[i] = clipped(timeline.rows[i], timeline.cycles);
  const AllSpans all = rows;
  while (rows.spans() > limits.spans && rows.shortest < timeline.cycles) {
    rows.shortest =
        rows.shortest == 0 ? timeline.cycles / std::max<uint64_t>(limits.pixels, 1) + 1 : rows.shortest * 2;
    for (size_t i = 0; i < rows.of.size(); ++i) rows.of[i] = merged(all.of[i], rows.shortest);
  }
  return rows;
}

/// The activities of the rows, in the order of their numbers.
std::vector<Activity> activities_in(const AllSpans& rows) {
  std::array<bool, vta::kActivities> seen{};
  for (const EngineSpans& row : rows.of)
    for (const vta::Span& span : row) seen[static_cast<size_t>(span.activity)] = true;
  std::vector<Activity> activities;
  for (size_t i = 0; i < seen.size(); ++i)
    if (seen[i]) activities.push_back(static_cast<Activity>(i));
  return activities;
}

/// Positions in `kinds`, one for each span, always as data.
Json kind_column(const EngineSpans& row, const std::vector<Activity>& kinds) {
  std::string bytes;
  for (const vta::Span& span : row)
    bytes += static_cast<char>(std::lower_bound(kinds.begin(), kinds.end(), span.activity) - kinds.begin());
  return {{"type", "u8"}, {"data", to_base64(bytes)}};
}

Json row_json(Engine engine, const EngineSpans& row, const std::vector<Activity>& kinds) {
  std::vector<uint32_t> starts, lengths;
  for (const vta::Span& span : row) {
    starts.push_back(static_cast<uint32_t>(span.begin));
    lengths.push_back(static_cast<uint32_t>(span.end - span.begin));
  }
  return {{"engine", vta::name_of(engine)},
          {"start", whole_column(starts)},
          {"length", whole_column(lengths)},
          {"kind", kind_column(row, kinds)}};
}

Json timeline_json(const AllSpans& rows) {
  const std::vector<Activity> activities = activities_in(rows);
  Json kinds = Json::array();
  for (const Activity activity : activities) {
    kinds.push_back({{"name", part_name(activity)}});
    if (!vta::is_work(activity)) kinds.back()["waits"] = true;
  }
  Json engines = Json::array();
  for (const Engine engine : kEngines)
    engines.push_back(row_json(engine, rows.of[static_cast<size_t>(engine)], activities));
  return {{"kinds", std::move(kinds)}, {"rows", std::move(engines)}};
}

/// What an engine does in the program's cycles; what it does behind FINISH is no part of them.
Json engine_json(const Timeline& timeline, Engine engine) {
  std::array<uint64_t, vta::kActivities> cycles{};
  for (const vta::Span& span : timeline.rows[static_cast<size_t>(engine)])
    if (span.begin < timeline.cycles)
      cycles[static_cast<size_t>(span.activity)] += std::min(span.end, timeline.cycles) - span.begin;
  uint64_t path = 0;
  Json parts = Json::array();
  for (size_t i = 0; i < cycles.size(); ++i) {
    const auto activity = static_cast<Activity>(i);
    path += timeline.on_path(engine, activity).cycles;
    if (cycles[i] > 0) parts.push_back({{"name", part_name(activity)}, {"cycles", cycles[i]}});
  }
  return {{"name", vta::name_of(engine)},
          {"on_path", static_cast<double>(path) / static_cast<double>(timeline.cycles)},
          {"parts", std::move(parts)}};
}

/// Why the cycles of the simulator are not the latency of the trial; empty where they are.
std::string where_measured(const Subject& subject, double simulated_ns) {
  const Result<TaskIdentity> identity = parse_identity(subject.target_identity);
  const std::string device = identity.ok() ? identity->property("device").value_or("") : "";
  const double measured_ns = subject.best->cost();
  if (device == "simulator" && measured_ns == simulated_ns) return "";
  return fmt::format(" Simulated: {}; measured on {}: {}.", format_latency(simulated_ns),
                     device.empty() ? "its device" : device, format_latency(measured_ns));
}

Json program_json(const Subject& subject, const vta::Hardware& hardware, const Timeline& timeline,
                  const ProgramLimits& limits) {
  const AllSpans rows = rows_of(timeline, limits);
  Json hints = Json::array();
  for (const std::string& hint : vta::hints(timeline)) hints.push_back(as_sentence(hint));
  if (rows.shortest > 0)
    hints.push_back(
        fmt::format("The timeline joins neighbours of fewer than {} cycles, and names what takes "
                    "most of them.",
                    rows.shortest));
  Json engines = Json::array();
  for (const Engine engine : kEngines) engines.push_back(engine_json(timeline, engine));
  const double simulated_ns = hardware.memory.to_ns(static_cast<double>(timeline.cycles));
  return {{"title", "The best config of " + subject.workload.name},
          {"cycles", timeline.cycles},
          {"clock_mhz", hardware.memory.clock_mhz},
          {"floor_cycles", timeline.gemm_uops},
          {"sentence", as_sentence(vta::bound_text(timeline)) + where_measured(subject, simulated_ns)},
          {"hints", std::move(hints)},
          {"engines", std::move(engines)},
          {"timeline", timeline_json(rows)}};
}

/// How many instructions the program of a trial had; 0 where the log does not know.
uint64_t logged_instructions(const Trial& trial) {
  const double counted = trial.features.get("instructions");
  return counted > 0 && counted < 1e15 ? static_cast<uint64_t>(counted) : 0;
}

/// What programs_of() goes through.
class Programs {
 public:
  explicit Programs(const ProgramLimits& limits) : limits_(limits) {}

  void add(const Subject& subject) {
    // What the log knows to be too long is not even built.
    if (programs_.size() >= limits_.programs || !has_room_for(logged_instructions(*subject.best))) {
      ++further_;
      return;
    }
    const Result<std::shared_ptr<const vta::VtaArtifact>> program = rebuild(subject);
    if (!program.ok()) return leave_out(subject, program.error().message);
    vta::Launch launch = (*program)->launch;
    if (!has_room_for(launch.instructions.size())) {
      ++further_;
      return;
    }
    instructions_ += launch.instructions.size();
    const Timeline timeline = vta::make_timeline((*program)->hardware, launch);
    if (timeline.stop != vta::Stop::finished || timeline.cycles == 0)
      return leave_out(subject, "the simulator does not come to the end of its program");
    if (timeline.cycles > std::numeric_limits<uint32_t>::max())
      return leave_out(subject, "its program takes more cycles than a timeline has room for");
    programs_.push_back(program_json(subject, (*program)->hardware, timeline, limits_));
  }

  Part take() && {
    Part part;
    std::string left_out;
    for (const std::string& one : left_out_) left_out += (left_out.empty() ? "" : " ") + one;
    if (programs_.empty()) {
      part.missing = !left_out.empty() ? left_out
                     : further_ > 0    ? "The programs are too long to be simulated here."
                                       : "";
      return part;
    }
    part.data = std::move(programs_);
    part.how = "The programs of the best configs were built and simulated again, the longest first.";
    if (further_ > 0)
      part.how += fmt::format(" Of {} it is not shown what the engines do, so that the page stays small.",
                              counted(further_, "further program"));
    if (!left_out.empty()) part.how += " " + left_out;
    return part;
  }

 private:
  bool has_room_for(uint64_t instructions) const {
    return instructions <= limits_.instructions && instructions_ <= limits_.instructions - instructions;
  }

  void leave_out(const Subject& subject, const std::string& why) {
    if (left_out_.size() < limits_.programs)
      left_out_.push_back(fmt::format("No program of {}: {}.", subject.workload.name, why));
  }

  const ProgramLimits& limits_;
  Json programs_ = Json::array();
  std::vector<std::string> left_out_;
  uint64_t further_ = 0;
  uint64_t instructions_ = 0;
};

}  // namespace

Part programs_of(std::span<const Subject> subjects, const ProgramLimits& limits) {
  std::vector<const Subject*> longest;
  bool any = false;
  for (const Subject& subject : subjects) {
    if (!is_on_vta(subject)) continue;
    any = true;
    if (subject.best && subject.objective.is_latency()) longest.push_back(&subject);
  }
  std::stable_sort(longest.begin(), longest.end(),
                   [](const Subject* a, const Subject* b) { return a->best->cost() > b->best->cost(); });
  if (any && longest.empty()) return {{}, "No config was valid, so there is no program to simulate.", {}};
  Programs programs(limits);
  for (const Subject* subject : longest) programs.add(*subject);
  return std::move(programs).take();
}

}  // namespace tamis::report
