#include "fuzz/entries.h"

#include "base/json.h"
#include "exchange/autotvm_sets.h"
#include "exchange/clblast.h"
#include "exchange/csv.h"
#include "exchange/helion.h"
#include "exchange/kernel_tuner.h"
#include "exchange/ktt.h"
#include "exchange/metaschedule.h"
#include "exchange/pyatf.h"
#include "exchange/stored_trials.h"
#include "exchange/t4.h"
#include "fuzz/cubin.h"
#include "fuzz/library.h"
#include "fuzz/log_file.h"
#include "fuzz/network.h"
#include "fuzz/seeds.h"
#include "measure/protocol.h"
#include "space/allowed_configs.h"
#include "space/file/python_values.h"
#include "space/file/space_file.h"
#include "space/file/t1.h"
#include "space/file/yaml.h"
#include "tamis/expression.h"
#include "tamis/space.h"
#include "targets/command/outcome.h"
#include "targets/command/server_protocol.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace tamis::fuzz {
namespace {

/// Ends the process, as a crash does, where a promise is broken.
void require(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

void run_space_file(std::string_view input) {
  const auto file = parse_space(std::string(input), "fuzz");
  if (!file.ok()) return;
  Random random(1);
  if (const std::optional<Config> config = file->space.sample(random, 10))
    require(file->space.allows(*config), "what is drawn is allowed");
  if (file->default_config) require(file->space.allows(*file->default_config), "the default is allowed");
  const auto document = t1_document(*file);
  if (!document.ok()) return;
  const auto again = parse_space(document->dump(-1, ' ', false, Json::error_handler_t::replace), "t1");
  if (again.ok())
    require(again->space.size() == file->space.size(), "a space that is written as T1 keeps its size");
}

/// One formula a line; together they are the constraints of a small space.
void run_expression(std::string_view input) {
  static const std::vector<Knob> knobs = {number_knob("a", {1, 2, 4, 8}), number_knob("b", {-1, 0, 3}),
                                          split_knob("tile_h", 12, 2), name_knob("layout", {"nchw", "nhwc"}),
                                          Knob{"r", KnobKind::number, {0.5, 1.5}}};
  std::vector<Constraint> constraints;
  while (!input.empty() && constraints.size() < 4) {
    const size_t end = std::min(input.find('\n'), input.size());
    auto constraint = parse_constraint(input.substr(0, end), knobs);
    if (constraint.ok()) constraints.push_back(std::move(*constraint));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  const Space plain = Space::create(knobs, std::move(constraints)).value();
  const auto space = plain.enumerated();
  require(space.ok(), "a small space is enumerated");
  uint64_t allowed = 0;
  for (uint64_t index = 0; index < plain.size(); ++index) {
    const Config config = plain.config(index);
    const bool holds = plain.allows(config);
    allowed += holds ? 1 : 0;
    require(space->allows(config) == holds, "an enumeration holds exactly what constraints allow");
  }
  require(space->enumeration()->count() == allowed, "an enumeration counts what constraints allow");
}

void run_python_values(std::string_view input) {
  const auto values = parse_python_values(input, "fuzz");
  if (values.ok()) require(values->size() <= 100'000, "the number of values is bounded");
}

void run_yaml(std::string_view input) {
  const auto json = parse_yaml(std::string(input), "fuzz");
  if (json.ok()) require(!json->is_discarded(), "YAML becomes JSON");
}

void run_worker_message(std::string_view input) {
  const auto message = decode(input);
  if (!message.ok()) return;
  const auto again = decode(encode(*message));
  require(again.ok() && name_of(*again) == name_of(*message), "a message is read back");
}

void run_server_reply(std::string_view input) {
  const auto json = parse_json(input, "fuzz");
  if (!json.ok()) return;
  if (const auto description = command::read_description(*json);
      description.ok() && !description->space.empty())
    static_cast<void>(parse_space(description->space, "fuzz"));
  static_cast<void>(command::read_features_reply(*json));
  static_cast<void>(command::read_outcome(*json, "fuzz", Objective{}));
  static_cast<void>(command::read_build_outcome(*json, "fuzz"));
}

/// The rule is the first line, the output what follows.
void run_latency_rule(std::string_view input) {
  const size_t end = std::min(input.find('\n'), input.size());
  const auto rule = command::parse_latency_rule(std::string(input.substr(0, end)));
  if (rule.ok() && rule->source == command::LatencyRule::Source::pattern)
    static_cast<void>(command::find_costs(*rule, input.substr(end), Objective{}));
}

void run_autotvm(std::string_view input) { static_cast<void>(open_autotvm(input, "fuzz", {})); }
void run_t4(std::string_view input) { static_cast<void>(read_t4(std::string(input), "fuzz", "fuzz")); }
void run_csv(std::string_view input) {
  const auto tables = read_csv(input, "fuzz");
  if (tables.ok()) require(!tables->sets.empty(), "a CSV that is read holds a table");
}

/// A text as a file of the format, as far as it is recognised and where it is not; what is read can be
/// stored.
void run_format(const Format& format, std::string_view input) {
  static_cast<void>(format.recognises(input));
  const auto file = format.read(std::string(input), "fuzz", {});
  if (!file.ok()) return;
  require(!file->sets.empty(), "a file that is read holds a set");
  for (const TrialSet& set : file->sets) {
    require(!set.trials.empty(), "a set that is read holds a trial");
    for (const Trial& trial : set.trials) {
      require(set.space.allows(trial.config), "a config that is read is of its space");
      require(trial.costs.empty() == (trial.verdict != Verdict::valid),
              "valid trials have a cost, others none");
      for (const double cost : trial.costs)
        require(set.objective.check(cost).ok(), "a cost that is read can be one");
    }
    if (format.write != nullptr) static_cast<void>(write_trials(format, {set}));
  }
}

void run_kernel_tuner(std::string_view input) { run_format(kernel_tuner_format(), input); }
void run_ktt(std::string_view input) { run_format(ktt_format(), input); }
void run_pyatf(std::string_view input) { run_format(pyatf_format(), input); }
void run_clblast(std::string_view input) { run_format(clblast_format(), input); }
void run_metaschedule(std::string_view input) { run_format(metaschedule_format(), input); }
void run_helion(std::string_view input) { run_format(helion_format(), input); }

constexpr std::array<Entry, 21> kEntries = {{{"space_file", run_space_file, space_file_seeds},
                                             {"expression", run_expression, expression_seeds},
                                             {"python_values", run_python_values, python_seeds},
                                             {"yaml", run_yaml, space_file_seeds},
                                             {"worker_message", run_worker_message, worker_message_seeds},
                                             {"server_reply", run_server_reply, server_reply_seeds},
                                             {"latency_rule", run_latency_rule, latency_rule_seeds},
                                             {"autotvm", run_autotvm, autotvm_seeds},
                                             {"t4", run_t4, t4_seeds},
                                             {"csv", run_csv, csv_seeds},
                                             {"kernel_tuner", run_kernel_tuner, kernel_tuner_seeds},
                                             {"ktt", run_ktt, ktt_seeds},
                                             {"pyatf", run_pyatf, pyatf_seeds},
                                             {"clblast", run_clblast, clblast_seeds},
                                             {"metaschedule", run_metaschedule, metaschedule_seeds},
                                             {"helion", run_helion, helion_seeds},
                                             {"log_file", run_log_file, log_file_seeds},
                                             {"onnx", run_onnx, onnx_seeds},
                                             {"onnx_text", run_onnx_text, onnx_text_seeds},
                                             {"library", run_library, library_seeds},
                                             {"cubin", run_cubin, cubin_seeds}}};

}  // namespace

std::span<const Entry> entries() { return kEntries; }

const Entry* find_entry(std::string_view name) {
  for (const Entry& entry : kEntries)
    if (entry.name == name) return &entry;
  return nullptr;
}

}  // namespace tamis::fuzz
