#include "cli/timeline_view.h"

#include "base/text.h"
#include "drawing/text_table.h"
#include "targets/vta/simulator/bound.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

using vta::Activity;
using vta::Effort;
using vta::Engine;
using vta::Span;
using vta::Timeline;

constexpr std::array kAllEngines = {Engine::fetch, Engine::load, Engine::compute, Engine::store};
constexpr std::array<std::string_view, 5> kReaders = {"fetch", "uop", "inp", "wgt", "acc"};
constexpr std::array kReaderActivities = {Activity::fetch, Activity::uop, Activity::inp, Activity::wgt,
                                          Activity::acc};
constexpr size_t kLabelWidth = 8;    // of the rows of letters
constexpr size_t kMostLetters = 72;  // of a row
constexpr size_t kFewestLetters = 16;
constexpr size_t kPictureColumns = 1000;

/// Pieces with two blanks between them, in lines of at most `columns`, the second and later ones indented.
std::string wrapped(const std::vector<std::string>& pieces, size_t columns) {
  std::string text, line;
  for (const std::string& piece : pieces) {
    if (!line.empty() && line.size() + 2 + piece.size() > columns) {
      text += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : "  ") + piece;
  }
  return text + line + "\n";
}

/// A sentence in lines of at most `columns`.
std::string folded(const std::string& sentence, size_t columns) {
  std::string text, line;
  for (const std::string& word : split_text(sentence, ' ')) {
    if (!line.empty() && line.size() + 1 + word.size() > columns) {
      text += line + "\n";
      line = "  " + word;
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
  }
  return text + line + "\n";
}

std::string row_of_letters(std::string_view label, const std::vector<Span>& row, const CycleRange& range,
                           size_t letters, std::set<Activity>& seen) {
  std::string text = fmt::format("{:<{}}", label, kLabelWidth);
  for (const Activity activity : dominant(row, range.from, range.to, letters)) {
    text += vta::letter_of(activity);
    seen.insert(activity);
  }
  return text + "\n";
}

/// The critical path ends with the launch; what engines do behind it is on no path.
std::vector<Span> path_until_end(const Timeline& timeline) {
  std::vector<Span> path = timeline.path;
  if (timeline.end > timeline.cycles)
    path.push_back({Activity::done, Engine::fetch, timeline.cycles, timeline.end});
  return path;
}

/// Two numbers below the ends of the rows.
std::string cycle_axis(const CycleRange& range, size_t letters) {
  const std::string from = fmt::format("{}", range.from), to = fmt::format("{}", range.to);
  const size_t gap = letters > from.size() + to.size() ? letters - from.size() - to.size() : 1;
  return std::string(kLabelWidth, ' ') + from + std::string(gap, ' ') + to + "\n";
}

std::string letters_text(const Timeline& timeline, const CycleRange& range, size_t columns) {
  const size_t letters =
      std::clamp(columns > kLabelWidth ? columns - kLabelWidth : 0, kFewestLetters, kMostLetters);
  const size_t shown = static_cast<size_t>(std::min<uint64_t>(letters, range.to - range.from));
  const uint64_t each = (range.to - range.from + shown - 1) / shown;
  std::string text = fmt::format("cycles {} to {}, {} a letter, what each engine does for most of them\n",
                                 range.from, range.to, each);
  std::set<Activity> seen;
  for (const Engine engine : kAllEngines)
    text += row_of_letters(vta::name_of(engine), timeline.rows[static_cast<size_t>(engine)], range, letters,
                           seen);
  text += row_of_letters("path", path_until_end(timeline), range, letters, seen);
  text += cycle_axis(range, shown);
  std::vector<std::string> legend;
  legend.reserve(seen.size());
  for (const Activity activity : seen)
    legend.push_back(fmt::format("{} {}", vta::letter_of(activity), vta::name_of(activity)));
  return text + wrapped(legend, std::max(columns, kFewestLetters));
}

std::string share_of(uint64_t cycles, const Timeline& timeline) {
  return cycles == 0 ? "" : percent(static_cast<double>(cycles) / static_cast<double>(timeline.cycles));
}

/// A number of the table; nothing instead of 0.
std::string cell(uint64_t number) { return number == 0 ? "" : fmt::format("{}", number); }

std::string efforts_table(const Timeline& timeline) {
  TextTable table(
      {"engine", "does", "instructions", "cycles", "useful", "port busy", "overhead", "path", "share"},
      {0, 1});
  for (const Engine engine : kAllEngines)
    for (size_t i = 0; i < vta::kActivities; ++i) {
      const auto activity = static_cast<Activity>(i);
      const Effort& effort = timeline.effort(engine, activity);
      if (effort.cycles == 0) continue;
      const uint64_t path = timeline.on_path(engine, activity).cycles;
      std::vector<std::string> cells = {std::string(vta::name_of(engine)),
                                        std::string(vta::name_of(activity)), cell(effort.instructions),
                                        fmt::format("{}", effort.cycles)};
      if (vta::is_work(activity))
        cells.insert(cells.end(), {cell(effort.useful), cell(effort.others), cell(effort.overhead()),
                                   cell(path), share_of(path, timeline)});
      table.add_row(std::move(cells));
    }
  return table.draw();
}

uint64_t port_cycles(const Timeline& timeline) {
  uint64_t cycles = 0;
  for (const uint64_t beats : timeline.beats) cycles += beats;
  return cycles;
}

/// A row thinned out where it has more spans than a picture can show.
std::vector<Span> for_picture(const std::vector<Span>& row, const CycleRange& range) {
  const auto begin = std::upper_bound(row.begin(), row.end(), range.from,
                                      [](uint64_t at, const Span& one) { return at < one.end; });
  const auto end = std::lower_bound(begin, row.end(), range.to,
                                    [](const Span& one, uint64_t at) { return one.begin < at; });
  if (static_cast<size_t>(end - begin) <= kPictureColumns) return {begin, end};
  std::vector<Span> spans;
  const std::vector<Activity> columns = dominant(row, range.from, range.to, kPictureColumns);
  for (size_t i = 0; i < columns.size(); ++i) {
    const uint64_t to = range.from + (range.to - range.from) * (i + 1) / columns.size();
    if (!spans.empty() && spans.back().activity == columns[i])
      spans.back().end = to;
    else
      spans.push_back({columns[i], Engine::fetch, spans.empty() ? range.from : spans.back().end, to});
  }
  return spans;
}

/// What the read port brings, with gaps as `done`, so that the row covers all cycles.
std::vector<Span> port_row(const Timeline& timeline) {
  std::vector<Span> row;
  uint64_t at = 0;
  for (const vta::ReadBurst& burst : timeline.bursts) {
    if (burst.first > at) row.push_back({Activity::done, Engine::fetch, at, burst.first});
    at = burst.last + 1;
    row.push_back({kReaderActivities[static_cast<size_t>(burst.reader)], Engine::fetch, burst.first, at});
  }
  if (at < timeline.end) row.push_back({Activity::done, Engine::fetch, at, timeline.end});
  return row;
}

/// A colour for work, and a line of the colour of whom an engine waits for.
SpanKind kind_of(Activity activity) {
  struct Look {
    size_t colour;
    double opacity;
  };
  constexpr std::array<Look, vta::kActivities> kLooks = {
      {{6, 0.9}, {6, 0.6}, {6, 0.3},  {2, 0.9}, {2, 0.5},  {5, 0.5}, {5, 1.0}, {0, 0.75},
       {3, 0.5}, {1, 1.0}, {1, 0.65}, {7, 1.0}, {7, 0.5},  {3, 0.8}, {4, 0.9}, {6, 0.2},
       {6, 1.0}, {6, 0.2}, {6, 0.8},  {2, 0.9}, {0, 0.75}, {4, 0.9}, {3, 0.8}, {6, 0.0}}};
  const Look& look = kLooks[static_cast<size_t>(activity)];
  const bool work = vta::is_work(activity);
  return {std::string(vta::name_of(activity)), work ? std::string(1, vta::letter_of(activity)) : "",
          look.colour, look.opacity, !work};
}

Json to_json(const Effort& effort) {
  return {{"instructions", effort.instructions},
          {"cycles", effort.cycles},
          {"useful", effort.useful},
          {"port_busy", effort.others},
          {"overhead", effort.overhead()}};
}

/// A name as a key of JSON: `gemm`, `waits_for_load`.
std::string key_of(std::string_view name) {
  std::string key;
  for (const char c : name)
    key += c == ' ' || c == '-' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return key;
}

Json efforts_to_json(const vta::Efforts& efforts) {
  Json json = Json::object();
  for (const Engine engine : kAllEngines) {
    Json& of_engine = json[key_of(vta::name_of(engine))] = Json::object();
    for (size_t i = 0; i < vta::kActivities; ++i) {
      const Effort& effort = efforts[static_cast<size_t>(engine)][i];
      const auto activity = static_cast<Activity>(i);
      if (effort.cycles == 0) continue;
      of_engine[key_of(vta::name_of(activity))] =
          vta::is_work(activity) ? to_json(effort) : Json{{"cycles", effort.cycles}};
    }
  }
  return json;
}

/// Where the first GEMM and the last lie.
std::string gemm_text(const Timeline& timeline) {
  return fmt::format(
      "{} GEMM micro-ops, {} of the cycles: the floor; {} cycles before the first, {} after the "
      "last",
      timeline.gemm_uops, percent(vta::floor_share(timeline)), timeline.first_gemm,
      timeline.cycles > timeline.last_gemm ? timeline.cycles - timeline.last_gemm : 0);
}

}  // namespace

Result<CycleRange> parse_cycles(const std::string& text) {
  const std::vector<std::string> parts = split_text(text, ':');
  const auto bad = [&](std::string_view why) {
    return invalid_input(fmt::format("--cycles {}: {}; it is FROM:TO, as in 1000:2500", text, why));
  };
  if (parts.size() != 2) return bad("not two numbers with a colon between them");
  CycleRange range{0, ~uint64_t{0}};
  const auto take = [](const std::string& part, uint64_t& into) {
    if (part.empty()) return true;
    const auto number = parse_integer(part);
    if (number && *number >= 0) into = static_cast<uint64_t>(*number);
    return number && *number >= 0;
  };
  if (!take(parts[0], range.from) || !take(parts[1], range.to)) return bad("not two numbers of cycles");
  if (range.from >= range.to) return bad("it ends before it begins");
  return range;
}

std::optional<CycleRange> range_within(const std::optional<CycleRange>& range, const Timeline& timeline) {
  if (!range || timeline.end == 0) return CycleRange{0, timeline.end};
  if (range->from < timeline.end) return CycleRange{range->from, std::min(range->to, timeline.end)};
  return std::nullopt;
}

std::string draw_timeline(const Timeline& timeline, const CycleRange& range, size_t columns) {
  if (timeline.end == 0) return "";
  std::string text = letters_text(timeline, range, columns);
  if (timeline.cycles == 0) return text;
  text += folded(vta::bound_text(timeline), columns);
  for (const std::string& hint : vta::hints(timeline)) text += folded("hint: " + hint, columns);
  if (timeline.last_gemm > 0) text += folded(gemm_text(timeline), columns);
  text += fmt::format("read port busy in {} of {} cycles\n", port_cycles(timeline), timeline.end);
  return text + efforts_table(timeline);
}

SpanPanel timeline_panel(const Timeline& timeline, const CycleRange& range, const std::string& title) {
  SpanPanel panel;
  panel.title = title;
  panel.note = vta::bound_text(timeline);
  panel.axis.label = "cycles";
  panel.axis.low = static_cast<double>(range.from);
  panel.axis.high = static_cast<double>(range.to);
  std::vector<std::pair<std::string, std::vector<Span>>> rows;
  rows.reserve(vta::kEngines + 2);
  for (const Engine engine : kAllEngines)
    rows.emplace_back(vta::name_of(engine), timeline.rows[static_cast<size_t>(engine)]);
  rows.emplace_back("read port", port_row(timeline));
  rows.emplace_back("critical path", path_until_end(timeline));
  std::set<Activity> seen;
  for (auto& [label, spans] : rows) {
    spans = for_picture(spans, range);
    std::erase_if(spans, [](const Span& span) { return span.activity == Activity::done; });
    for (const Span& span : spans) seen.insert(span.activity);
  }
  for (const Activity activity : seen) panel.kinds.push_back(kind_of(activity));
  for (const auto& [label, spans] : rows) {
    SpanRow& row = panel.rows.emplace_back();
    row.label = label;
    for (const Span& span : spans)
      row.spans.push_back({static_cast<size_t>(std::distance(seen.begin(), seen.find(span.activity))),
                           static_cast<double>(std::max(span.begin, range.from)),
                           static_cast<double>(std::min(span.end, range.to))});
  }
  return panel;
}

Json timeline_to_json(const Timeline& timeline) {
  Json port = Json::object();
  for (size_t i = 0; i < kReaders.size(); ++i) port[std::string(kReaders[i])] = timeline.beats[i];
  Json savings = Json::object();
  for (size_t i = 0; i < vta::kParts; ++i)
    savings[key_of(vta::name_of(static_cast<vta::Part>(i)))] = timeline.savings[i];
  return {{"cycles", timeline.cycles},
          {"end", timeline.end},
          {"bound", vta::bound_text(timeline)},
          {"hints", vta::hints(timeline)},
          {"gemm_uops", timeline.gemm_uops},
          {"floor_share", vta::floor_share(timeline)},
          {"first_gemm", timeline.first_gemm},
          {"last_gemm", timeline.last_gemm},
          {"engines", efforts_to_json(timeline.efforts)},
          {"read_port", {{"busy", port_cycles(timeline)}, {"beats", std::move(port)}}},
          {"critical_path", efforts_to_json(timeline.path_efforts)},
          {"savings", std::move(savings)}};
}

}  // namespace tamis::cli
