#include "targets/vta/simulator/timeline.h"

#include "targets/vta/simulator/critical_path.h"
#include "targets/vta/simulator/savings.h"
#include "targets/vta/simulator/schedule_graph.h"

#include <algorithm>
#include <optional>

namespace tamis::vta {
namespace {

struct ActivityText {
  char letter;
  std::string_view name;
};
constexpr std::array<ActivityText, kActivities> kTexts = {{{'1', "start"},
                                                           {'F', "fetch"},
                                                           {'D', "dispatch"},
                                                           {'I', "inp"},
                                                           {'W', "wgt"},
                                                           {'U', "uop"},
                                                           {'B', "acc"},
                                                           {'G', "GEMM"},
                                                           {'R', "reset"},
                                                           {'H', "shr"},
                                                           {'A', "add"},
                                                           {'N', "min"},
                                                           {'X', "max"},
                                                           {'M', "mul"},
                                                           {'S', "store"},
                                                           {'T', "tokens"},
                                                           {'E', "FINISH"},
                                                           {'-', "takes an instruction"},
                                                           {'f', "waits for FETCH"},
                                                           {'l', "waits for LOAD"},
                                                           {'c', "waits for COMPUTE"},
                                                           {'s', "waits for STORE"},
                                                           {'q', "waits for a full queue"},
                                                           {'.', "has ended"}}};

/// The beats that some readers get, summed up.
class BeatSums {
 public:
  void add(const ReadBurst& burst) {
    bursts_.push_back({burst.first, total_});
    total_ += burst.last - burst.first + 1;
  }
  uint64_t within(uint64_t begin, uint64_t end) const { return before(end) - before(begin); }

 private:
  struct Begin {
    uint64_t first, before;
  };
  /// Beats in the cycles before one.
  uint64_t before(uint64_t cycle) const {
    const auto next = std::lower_bound(bursts_.begin(), bursts_.end(), cycle,
                                       [](const Begin& one, uint64_t at) { return one.first < at; });
    if (next == bursts_.begin()) return 0;
    const Begin& last = *std::prev(next);
    return std::min(last.before + (cycle - last.first), next == bursts_.end() ? total_ : next->before);
  }

  std::vector<Begin> bursts_;
  uint64_t total_ = 0;
};

std::optional<Reader> reader_for(Activity activity) {
  switch (activity) {
    case Activity::start:
    case Activity::fetch:
      return Reader::fetch;
    case Activity::uop:
      return Reader::uop;
    case Activity::inp:
      return Reader::inp;
    case Activity::wgt:
      return Reader::wgt;
    case Activity::acc:
      return Reader::acc;
    default:
      return std::nullopt;
  }
}

constexpr uint64_t kHangShown = 20;  // a hang is shown for one part in so many

Activity wait_for(Engine engine) {
  constexpr std::array kWaits = {Activity::wait_fetch, Activity::wait_load, Activity::wait_compute,
                                 Activity::wait_store};
  return kWaits[static_cast<size_t>(engine)];
}

class TimelineMaker {
 public:
  TimelineMaker(const ScheduleGraph& graph, const TimingModel& model, const SimulationOutcome& outcome)
      : graph_(graph) {
    made_.stop = outcome.stop;
    made_.cycles = outcome.counters.cycles;
    made_.gemm_uops = outcome.counters.gemm_uops;
    made_.bursts = model.bursts();
    made_.end = end_of_launch();
    for (const ReadBurst& burst : made_.bursts) {
      all_beats_.add(burst);
      beats_[static_cast<size_t>(burst.reader)].add(burst);
    }
  }

  Timeline make() {
    for (size_t reader = 0; reader < beats_.size(); ++reader)
      made_.beats[reader] = beats_[reader].within(0, made_.end);
    make_fetch_row();
    for (const Engine engine : {Engine::load, Engine::compute, Engine::store}) make_row(engine);
    for (const CriticalPath::Step& step : find_critical_path(graph_, made_.cycles).steps) {
      made_.path.push_back(step.span);
      add_effort(made_.path_efforts, step.span, step.useful, step.instructions);
    }
    if (made_.stop == Stop::finished)
      for (size_t part = 0; part < kParts; ++part)
        made_.savings[part] = made_.cycles - cycles_without(graph_, static_cast<Part>(part));
    return std::move(made_);
  }

 private:
  uint64_t end_of_launch() const {
    if (made_.stop == Stop::trapped) return made_.cycles;
    uint64_t end = made_.cycles;
    for (const Engine engine : {Engine::load, Engine::compute, Engine::store})
      for (const Node& node : graph_.nodes(engine))
        if (node.end != Node::kNever) end = std::max(end, node.end);
    if (graph_.dispatched() > 0) end = std::max(end, graph_.dispatch_cycle(graph_.dispatched() - 1) + 1);
    if (made_.stop == Stop::hung && end > 0) end += 1 + end / kHangShown;
    return end;
  }

  void add_effort(Efforts& efforts, const Span& span, uint64_t useful, uint64_t instructions) const {
    Effort& effort = efforts[static_cast<size_t>(span.engine)][static_cast<size_t>(span.activity)];
    const uint64_t cycles = span.end - span.begin;
    effort.cycles += cycles;
    effort.instructions += instructions;
    if (const auto reader = reader_for(span.activity)) {
      const uint64_t own = beats_[static_cast<size_t>(*reader)].within(span.begin, span.end);
      effort.useful += own;
      effort.others += all_beats_.within(span.begin, span.end) - own;
    } else {
      effort.useful += std::min(useful, cycles);
    }
  }

  /// Continues the row to `end`, or to where the timeline ends.
  void extend(Engine engine, Activity activity, uint64_t end, uint64_t useful = 0) {
    std::vector<Span>& row = made_.rows[static_cast<size_t>(engine)];
    const uint64_t begin = row.empty() ? 0 : row.back().end;
    end = std::min(end, made_.end);
    if (end <= begin) return;
    const Span span{activity, engine, begin, end};
    add_effort(made_.efforts, span, useful, is_work(activity) ? 1 : 0);
    const bool more =
        !row.empty() && row.back().activity == Activity::dispatch && activity == Activity::dispatch;
    if (more)
      row.back().end = end;
    else
      row.push_back(span);
  }

  void make_fetch_row() {
    const std::vector<Batch>& batches = graph_.batches();
    size_t batch = 0;
    for (size_t position = 0; position < graph_.dispatched(); ++position) {
      if (batch < batches.size() && batches[batch].begin == position) extend_by_batch(batches[batch++]);
      extend(Engine::fetch, Activity::wait_room, graph_.dispatch_cycle(position));
      extend(Engine::fetch, Activity::dispatch, graph_.dispatch_cycle(position) + 1, 1);
    }
    if (batch < batches.size()) extend_by_batch(batches[batch]);
    const bool left = graph_.dispatched() < graph_.instructions();
    extend(Engine::fetch, left ? Activity::wait_room : Activity::done, made_.end);
  }
  void extend_by_batch(const Batch& batch) {
    extend(Engine::fetch, batch.begin == 0 ? Activity::start : Activity::fetch, batch.there);
  }

  void make_row(Engine engine) {
    for (const Node& node : graph_.nodes(engine)) {
      extend(engine, Activity::wait_fetch, node.visible);
      if (const auto token = graph_.last_token(node)) extend(engine, wait_for(token->from), node.taken);
      if (node.taken == Node::kNever) break;
      extend(engine, Activity::take, node.taken + 1);
      note_gemm(node);
      extend(engine, node.activity, node.end, node.useful);
    }
    extend(engine, graph_.awaits(engine) ? Activity::wait_fetch : Activity::done, made_.end);
  }
  void note_gemm(const Node& node) {
    if (node.activity != Activity::gemm || node.taken >= made_.end) return;
    if (made_.last_gemm == 0) made_.first_gemm = node.taken + 1;
    made_.last_gemm = std::min(node.end, made_.end);
  }

  const ScheduleGraph& graph_;
  BeatSums all_beats_;
  std::array<BeatSums, 5> beats_;  // by Reader
  Timeline made_;
};

}  // namespace

std::string_view name_of(Activity activity) { return kTexts[static_cast<size_t>(activity)].name; }
char letter_of(Activity activity) { return kTexts[static_cast<size_t>(activity)].letter; }

std::string_view name_of(Part part) {
  constexpr std::array<std::string_view, kParts> kNames = {"reset and ALU",
                                                           "loads of inp and wgt",
                                                           "loads of acc",
                                                           "loads of micro-ops",
                                                           "stores",
                                                           "pipelines of GEMM and ALU",
                                                           "FETCH",
                                                           "the start",
                                                           "instructions that only carry tokens"};
  return kNames[static_cast<size_t>(part)];
}

Timeline make_timeline(const Hardware& hardware, Launch& launch) {
  if (launch.instructions.size() > hardware.max_instructions) {
    Timeline empty;
    empty.stop = Stop::trapped;
    return empty;
  }
  Dram dram(launch.buffers);
  TimingModel model(hardware, launch, dram, History::bursts_too);
  const SimulationOutcome outcome = model.run();
  const ScheduleGraph graph(hardware, launch, model);
  return TimelineMaker(graph, model, outcome).make();
}

std::vector<Activity> dominant(const std::vector<Span>& row, uint64_t from, uint64_t to, size_t columns) {
  columns = static_cast<size_t>(std::min<uint64_t>(columns, to - from));
  std::vector<Activity> shown;
  auto span = std::upper_bound(row.begin(), row.end(), from,
                               [](uint64_t at, const Span& one) { return at < one.end; });
  for (size_t column = 0; column < columns; ++column) {
    const uint64_t end = from + (to - from) * (column + 1) / columns;
    uint64_t begin = from + (to - from) * column / columns;
    std::array<uint64_t, kActivities> cycles{};
    while (begin < end && span != row.end()) {
      const uint64_t until = std::min(end, span->end);
      cycles[static_cast<size_t>(span->activity)] += until - begin;
      begin = until;
      if (span->end <= until) ++span;
    }
    shown.push_back(static_cast<Activity>(std::max_element(cycles.begin(), cycles.end()) - cycles.begin()));
  }
  return shown;
}

}  // namespace tamis::vta
