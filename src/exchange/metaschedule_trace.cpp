#include "exchange/metaschedule_trace.h"

#include "base/json.h"
#include "base/text.h"
#include "exchange/json_cursor.h"
#include "exchange/row_collector.h"
#include "exchange/row_members.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::string_view kPrefix = "meta_schedule.";

/// One instruction: [kind, inputs, attributes, outputs].
struct Instruction {
  std::string kind;
  const Json* inputs;
  const Json* attributes;
  const Json* outputs;
};

Result<Instruction> read_instruction(const Json& json) {
  if (!json.is_array() || json.size() != 4 || !json[0].is_string() || !json[1].is_array() ||
      !json[2].is_array() || !json[3].is_array())
    return corrupt("an instruction of its trace is not [kind, inputs, attributes, outputs]");
  return Instruction{json[0].get<std::string>(), &json[1], &json[2], &json[3]};
}

/// The name of an annotation without `meta_schedule.`.
std::string annotation_of(const Instruction& instruction) {
  if (instruction.attributes->empty() || !instruction.attributes->front().is_string()) return "annotation";
  const auto name = instruction.attributes->front().get<std::string>();
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

/// The kind of a decision as part of a knob's name; empty for an instruction that decides nothing.
std::string_view decision_kind(std::string_view instruction) {
  if (instruction == "SamplePerfectTile" || instruction == "SamplePartitionedTile") return "tile";
  if (instruction == "SampleCategorical") return "choice";
  if (instruction == "SampleComputeLocation") return "location";
  return instruction.starts_with("Sample") ? "sample" : "";
}

class PlanMaker {
 public:
  Result<TracePlan> make(const Json& instructions) {
    if (!instructions.is_array()) return corrupt("its trace is not [instructions, decisions]");
    TAMIS_TRY(find_annotated(instructions));
    for (size_t i = 0; i < instructions.size(); ++i) {
      TAMIS_ASSIGN(const Instruction instruction, read_instruction(instructions[i]));
      if (instruction.kind == "EnterPostproc") break;
      TAMIS_TRY(add(instruction, static_cast<int64_t>(i)));
      add_block(instruction);
    }
    return std::move(plan_);
  }

 private:
  /// Which annotation takes which sampled variable.
  Status find_annotated(const Json& instructions) {
    for (const Json& json : instructions) {
      TAMIS_ASSIGN(const Instruction instruction, read_instruction(json));
      if (instruction.kind == "Annotate" && instruction.inputs->size() == 2 &&
          (*instruction.inputs)[1].is_string())
        annotated_[(*instruction.inputs)[1].get<std::string>()] = annotation_of(instruction);
    }
    return {};
  }

  Status add(const Instruction& instruction, int64_t position) {
    plan_.sketch += instruction.kind;
    const std::string_view kind = decision_kind(instruction.kind);
    const bool literal = instruction.kind == "Annotate" && instruction.inputs->size() == 2 &&
                         (*instruction.inputs)[1].is_number();
    if (literal) {
      TAMIS_ASSIGN(KnobValue value, knob_value_from((*instruction.inputs)[1]));
      TraceStep& step = add_step(annotation_of(instruction), TraceStep::Kind::literal, instruction, position);
      step.value = std::move(value);
    } else if (kind.empty()) {
      plan_.sketch += python_json(*instruction.inputs);
    }
    plan_.sketch += python_json(*instruction.attributes) + "\n";
    if (!kind.empty()) add_decision(instruction, kind, position);
    return {};
  }

  void add_decision(const Instruction& instruction, std::string_view kind, int64_t position) {
    std::string name = fmt::format("{}{}", kind, counts_[std::string(kind)]++);
    if (kind != "choice") {
      add_step(std::move(name), kind == "tile" ? TraceStep::Kind::tile : TraceStep::Kind::other, instruction,
               position);
      return;
    }
    if (!instruction.outputs->empty() && instruction.outputs->front().is_string())
      if (const auto place = annotated_.find(instruction.outputs->front().get<std::string>());
          place != annotated_.end())
        name = place->second;
    TraceStep& step = add_step(std::move(name), TraceStep::Kind::choice, instruction, position);
    if (instruction.attributes->empty() || !instruction.attributes->front().is_array()) return;
    for (const Json& candidate : instruction.attributes->front())
      step.candidates.push_back(knob_value_from(candidate));
  }

  /// Annotations of several blocks may have one name.
  TraceStep& add_step(std::string name, TraceStep::Kind kind, const Instruction& instruction,
                      int64_t position) {
    if (const int again = names_[name]++; again > 0) name += fmt::format("_{}", again + 1);
    return plan_.steps.emplace_back(TraceStep{std::move(name), kind, instruction.kind, position, {}});
  }

  void add_block(const Instruction& instruction) {
    if (instruction.kind != "GetBlock" && instruction.kind != "GetSBlock") return;
    if (instruction.attributes->empty() || !instruction.attributes->front().is_string()) return;
    const auto block = instruction.attributes->front().get<std::string>();
    if (blocks_.insert(block).second) plan_.blocks += (plan_.blocks.empty() ? "" : "+") + block;
  }

  TracePlan plan_;
  std::map<std::string, std::string> annotated_;
  std::map<std::string, int> counts_;
  std::map<std::string, int> names_;
  std::set<std::string> blocks_ = {"root"};
};

/// A decision: the position of its instruction, and its value as JSON text.
using Decision = std::pair<int64_t, std::string_view>;

Result<std::vector<Decision>> read_decisions(std::string_view text) {
  const Error wrong = corrupt("a decision of its trace is not [instruction, value]");
  std::vector<Decision> all;
  JsonCursor cursor(text);
  if (!cursor.enter('[')) return corrupt("its trace is not [instructions, decisions]");
  for (bool first = true; cursor.element(first);) {
    bool begins = true;
    if (!cursor.enter('[') || !cursor.element(begins)) return wrong;
    const std::optional<int64_t> position = parse_integer(cursor.raw());
    if (!position || !cursor.element(begins)) return wrong;
    all.emplace_back(*position, cursor.raw());
    if (cursor.element(begins)) return wrong;
  }
  if (!cursor.ok()) return corrupt(cursor.fault());
  return all;
}

Result<KnobValue> tile_of(std::string_view decision) {
  const Error wrong = corrupt("a tile is not a list of factors");
  std::vector<int64_t> factors;
  JsonCursor cursor(decision);
  if (!cursor.enter('[')) return wrong;
  for (bool first = true; cursor.element(first);) {
    const std::optional<int64_t> factor = parse_integer(cursor.raw());
    if (!factor || *factor < 1) return wrong;
    factors.push_back(*factor);
  }
  if (factors.empty()) return wrong;
  return KnobValue(std::move(factors));
}

}  // namespace

Result<TracePlan> plan_of_trace(const Json& instructions) { return PlanMaker().make(instructions); }

Result<std::vector<std::string_view>> decisions_of_trace(const TracePlan& plan, std::string_view decisions) {
  TAMIS_ASSIGN(const std::vector<Decision> all, read_decisions(decisions));
  std::vector<std::string_view> texts;
  texts.reserve(plan.steps.size());
  size_t next = 0;
  for (const TraceStep& step : plan.steps) {
    if (step.kind == TraceStep::Kind::literal) {
      texts.emplace_back();
      continue;
    }
    // Mostly in the order of the instructions; of two for one the last counts.
    const bool in_order = next < all.size() && all[next].first == step.position &&
                          (next + 1 == all.size() || all[next + 1].first > step.position);
    size_t place = in_order ? next : all.size();
    for (size_t i = all.size(); !in_order && place == all.size() && i-- > 0;)
      if (all[i].first == step.position) place = i;
    if (place == all.size())
      return corrupt(fmt::format("its trace decides nothing for {}", step.instruction));
    next = place + 1;
    texts.push_back(all[place].second);
  }
  return texts;
}

Result<KnobValue> value_of_step(const TraceStep& step, std::string_view decision) {
  if (step.kind == TraceStep::Kind::tile) return tile_of(decision);
  if (step.kind == TraceStep::Kind::other) return knob_value_from_text(decision);
  const std::optional<int64_t> chosen = parse_integer(decision);
  if (!chosen || *chosen < 0 || static_cast<uint64_t>(*chosen) >= step.candidates.size())
    return corrupt("a choice is not among its candidates");
  return step.candidates[static_cast<size_t>(*chosen)];
}

}  // namespace tamis
