#include "fuzz/seeds.h"

#include "base/file.h"
#include "base/text.h"
#include "measure/protocol.h"

#include <algorithm>

namespace tamis::fuzz {
namespace {

std::string data(const std::string& name) {
  auto text = read_file(std::string(TAMIS_TEST_DATA) + "/" + name);
  return text.ok() ? std::move(*text) : std::string();
}

/// The first bytes of a file, up to the end of a line: long inputs are mutated seldom and slowly.
std::string beginning(const std::string& name, size_t most) {
  const std::string text = data(name);
  if (text.size() <= most) return text;
  return text.substr(0, text.rfind('\n', most) + 1);
}

}  // namespace

std::vector<std::string> space_file_seeds() {
  return {data("spaces/matmul.yaml"),
          data("spaces/matmul.json"),
          beginning("spaces/convolution_milo_T1.json", 100000),
          beginning("spaces/dedispersion_milo_T1.json", 100000),
          "tamis: 1\nknobs:\n  a: {powers_of_two: [1, 64]}\n  b: [x, y]\n  c: \"[2**i for i in range(4)]\"\n",
          R"({"ConfigurationSpace": {"TuningParameters": [{"Name": "a", "Type": "int", "Values": "[1, 2]",)"
          R"( "Default": 1}], "Conditions": [{"Expression": "a > 1", "Parameters": ["a"]}]}})"};
}

std::vector<std::string> expression_seeds() {
  std::vector<std::string> seeds = {"a % (b * 2) == 0 and layout == 'nchw'\n1 <= a * tile_h <= 8",
                                    "tile_h[0] in (1, 2) or not r > 1\na // b != 3",
                                    "min(a, b) + abs(-r) ** 2 >= 2"};
  size_t lines = 0;
  for (const std::string& line : split_text(data("expressions/python.tsv"), '\n'))
    if (++lines % 10 == 0) seeds.push_back(line.substr(0, line.find('\t')));
  return seeds;
}

std::vector<std::string> python_seeds() {
  return {"[16, 32, 64]", "[1, 2, 4, 8, 16] + list(range(32, 1024+1, 32))",
          "[i for i in range(1, 11) if i % 2 == 0]", "['nchw', \"nhwc\", True, (1, 2.5)]",
          "sorted([max(i, j) for i in (1, 2) for j in range(3)]) * 2"};
}

std::vector<std::string> worker_message_seeds() {
  HelloMessage hello;
  hello.target_spec = "vta";
  TryMessage attempt;
  attempt.config = Config{{1, 2, 3}};
  attempt.options.failed_references = {{0, "crashed"}};
  ResultMessage result;
  result.trial.costs = {1.5, 2};
  result.trial.features.set("bytes", 7);
  std::vector<std::string> seeds;
  for (const Message& message :
       {Message(hello), Message(ReadyMessage{kProtocolVersion, "abc"}), Message(FailedMessage{io_error("x")}),
        Message(attempt), Message(PhaseMessage{}), Message(GoMessage{}), Message(ReferringMessage{1}),
        Message(ReferredMessage{"x"}), Message(result)})
    seeds.push_back(encode(message));
  return seeds;
}

std::vector<std::string> server_reply_seeds() {
  return {
      R"({"id": 1, "tamis": 1, "name": "m", "requests": ["build", "features"], "knobs": {"tile": [1, 2]},)"
      R"( "constraints": ["tile > 1"], "default": {"tile": 2}})",
      R"({"id": 2, "verdict": "build_failed", "message": "no"})",
      R"({"id": 3, "latencies_ns": [1200, 1190.5], "features": {"bytes": 4096}})",
      R"({"id": 4, "latency_ns": 5, "verdict": "valid"})"};
}

std::vector<std::string> latency_rule_seeds() {
  return {"time (?P<ms>[0-9.]+)\nsetting up\ntime 12.5\ntime 13\n", "json\n{\"latency_ns\": 1}", "wall\n",
          "(?P<us>[0-9]+|nan) us\n12 us nan us"};
}

std::vector<std::string> autotvm_seeds() {
  return {beginning("autotvm/others.log", 6000), beginning("autotvm/vta_c9.log.gz", 2000)};
}

std::vector<std::string> t4_seeds() { return {data("tables/tiny_T4.json")}; }

std::vector<std::string> csv_seeds() {
  return {beginning("vta/resnet18.C9.csv", 2000),
          "workload,tile,order,verdict,latency_ns\nw,1,\"a,b\",valid,12.5\nw,2,c,run_failed,\n"};
}

std::vector<std::string> kernel_tuner_seeds() {
  return {data("tools/kernel_tuner_closed.json"), data("tools/kernel_tuner_open.json")};
}

std::vector<std::string> ktt_seeds() { return {data("tools/ktt.json")}; }

std::vector<std::string> pyatf_seeds() { return {beginning("tools/pyatf.json", 6000)}; }

std::vector<std::string> clblast_seeds() { return {data("tools/clblast_xgemm.json")}; }

std::vector<std::string> metaschedule_seeds() {
  return {beginning("tools/metaschedule/database_tuning_record.json", 5000)};
}

std::vector<std::string> helion_seeds() { return {data("tools/helion.csv")}; }

std::vector<std::string> log_file_seeds() {
  return {data("log/version1.tamis"), data("log/version2.tamis"), data("log/version3.tamis"),
          data("log/version4.tamis"), data("log/version6.tamis"), data("log/version7.tamis")};
}

}  // namespace tamis::fuzz
