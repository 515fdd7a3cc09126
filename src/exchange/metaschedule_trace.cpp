#include "exchange/metaschedule_trace.h"

#include "base/json.h"

#include <map>
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

class TraceReader {
 public:
  Result<TraceConfig> read(const Json& trace) {
    if (!trace.is_array() || trace.size() != 2 || !trace[0].is_array() || !trace[1].is_array())
      return corrupt("its trace is not [instructions, decisions]");
    TAMIS_TRY(read_decisions(trace[1]));
    TAMIS_TRY(find_annotated(trace[0]));
    for (size_t i = 0; i < trace[0].size(); ++i) {
      TAMIS_ASSIGN(const Instruction instruction, read_instruction(trace[0][i]));
      if (instruction.kind == "EnterPostproc") break;
      TAMIS_TRY(add(instruction, static_cast<int64_t>(i)));
    }
    return std::move(config_);
  }

 private:
  Status read_decisions(const Json& decisions) {
    for (const Json& decision : decisions) {
      if (!decision.is_array() || decision.size() != 2 || !decision[0].is_number_integer())
        return corrupt("a decision of its trace is not [instruction, value]");
      decisions_[decision[0].get<int64_t>()] = &decision[1];
    }
    return {};
  }

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

  Status add(const Instruction& instruction, int64_t index) {
    config_.sketch += instruction.kind;
    const std::string_view kind = decision_kind(instruction.kind);
    const bool literal = instruction.kind == "Annotate" && instruction.inputs->size() == 2 &&
                         (*instruction.inputs)[1].is_number();
    if (literal) {
      TAMIS_ASSIGN(KnobValue value, knob_value_from((*instruction.inputs)[1]));
      add_value(annotation_of(instruction), std::move(value));
    } else if (kind.empty()) {
      config_.sketch += python_json(*instruction.inputs);
    }
    config_.sketch += python_json(*instruction.attributes) + "\n";
    if (kind.empty()) return {};
    const auto decision = decisions_.find(index);
    if (decision == decisions_.end())
      return corrupt(fmt::format("its trace decides nothing for {}", instruction.kind));
    return add_decision(instruction, kind, *decision->second);
  }

  Status add_decision(const Instruction& instruction, std::string_view kind, const Json& decision) {
    std::string name = fmt::format("{}{}", kind, counts_[std::string(kind)]++);
    if (kind == "tile") {
      std::vector<int64_t> factors;
      for (const Json& factor : decision) {
        if (!factor.is_number_integer() || factor.get<int64_t>() < 1)
          return corrupt("a tile is not a list of factors");
        factors.push_back(factor.get<int64_t>());
      }
      if (factors.empty()) return corrupt("a tile is not a list of factors");
      add_value(std::move(name), KnobValue(std::move(factors)));
      return {};
    }
    Json value = decision;
    if (kind == "choice") {
      const Json& candidates =
          instruction.attributes->empty() ? Json::array() : instruction.attributes->front();
      if (!decision.is_number_integer() || !candidates.is_array() || decision.get<int64_t>() < 0 ||
          decision.get<uint64_t>() >= candidates.size())
        return corrupt("a choice is not among its candidates");
      value = candidates[decision.get<size_t>()];
      if (!instruction.outputs->empty() && instruction.outputs->front().is_string())
        if (const auto place = annotated_.find(instruction.outputs->front().get<std::string>());
            place != annotated_.end())
          name = place->second;
    }
    TAMIS_ASSIGN(KnobValue known, knob_value_from(value));
    add_value(std::move(name), std::move(known));
    return {};
  }

  /// Annotations of several blocks may have one name.
  void add_value(std::string name, KnobValue value) {
    if (const int again = names_[name]++; again > 0) name += fmt::format("_{}", again + 1);
    config_.values.emplace_back(std::move(name), std::move(value));
  }

  TraceConfig config_;
  std::map<int64_t, const Json*> decisions_;
  std::map<std::string, std::string> annotated_;
  std::map<std::string, int> counts_;
  std::map<std::string, int> names_;
};

}  // namespace

Result<TraceConfig> read_trace(const Json& trace) { return TraceReader().read(trace); }

std::string blocks_of_trace(const Json& trace) {
  std::string blocks;
  if (!trace.is_array() || trace.empty() || !trace[0].is_array()) return blocks;
  std::set<std::string> known = {"root"};
  for (const Json& json : trace[0]) {
    const Result<Instruction> instruction = read_instruction(json);
    if (!instruction.ok()) continue;
    if (instruction->kind == "EnterPostproc") break;
    if (instruction->kind != "GetBlock" && instruction->kind != "GetSBlock") continue;
    if (instruction->attributes->empty() || !instruction->attributes->front().is_string()) continue;
    const auto block = instruction->attributes->front().get<std::string>();
    if (known.insert(block).second) blocks += (blocks.empty() ? "" : "+") + block;
  }
  return blocks;
}

}  // namespace tamis
