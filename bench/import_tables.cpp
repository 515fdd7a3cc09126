#include "import_tables.h"

#include "tamis/random.h"

#include <array>
#include <fstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The knobs of a tiled matrix product: ten of them, a few values each.
struct Row {
  std::vector<uint64_t> values;
  bool valid = true;
  double ms = 0;
};

Row row_of(Random& random) {
  Row row;
  for (int knob = 0; knob < 10; ++knob) row.values.push_back(uint64_t{1} << random.below(6));
  row.valid = random.below(10) != 0;
  row.ms = 0.1 + static_cast<double>(random.below(1'000'000'000)) / 1e8;
  return row;
}

std::string knobs_of(const Row& row, std::string_view pattern, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < row.values.size(); ++i)
    text += (i > 0 ? std::string(separator) : "") + fmt::format(fmt::runtime(pattern), i, row.values[i]);
  return text;
}

/// As Kernel Tuner writes it.
std::string t4_row(const Row& row) {
  const std::string time = row.valid ? fmt::format("{}", row.ms) : "\"too many resources requested\"";
  return fmt::format(
      R"({{"timestamp": "2026-01-02T03:04:05.678901+00:00", "configuration": {{{}}}, "times": {{"compilation": {}, )"
      R"("benchmark": 1.1, "framework": 0.9, "search_algorithm": 0, "validation": 0, "runtimes": [{}]}}, )"
      R"("invalidity": "{}", "correctness": 1, "measurements": [{{"name": "time", "value": {}, "unit": "ms"}}, )"
      R"({{"name": "GFLOP/s", "value": {}, "unit": ""}}], "objectives": ["time"]}})",
      knobs_of(row, "\"block_size_{}\": {}", ", "), 100 + row.ms, row.valid ? time + ", " + time : "",
      row.valid ? "correct" : "runtime", time, 1000 / row.ms);
}

std::string autotvm_row(const Row& row, uint64_t number) {
  return fmt::format(
      R"({{"input": ["cuda -keys=cuda,gpu -arch=sm_70 -model=v100 -thread_warp_size=32", "conv2d_nchw.cuda", )"
      R"([["TENSOR", [1, 64, 56, 56], "float32"], ["TENSOR", [64, 64, 3, 3], "float32"], [1, 1], [1, 1, 1, 1], )"
      R"([1, 1], "float32"], {{}}], "config": {{"index": {}, "code_hash": null, "entity": [{}]}}, "result": )"
      R"([[{}], {}, {}, {}], "version": 0.2, "tvm_version": "0.9.0"}})",
      number, knobs_of(row, R"(["tile_{}", "sp", [-1, 1, {}, 2]])", ", "),
      row.valid ? fmt::format("{}, {}", row.ms / 1000, row.ms / 999) : "1000000000.0", row.valid ? 0 : 4,
      1 + row.ms, 1.7e9 + row.ms);
}

std::string csv_row(const Row& row, uint64_t number) {
  return fmt::format("gemm,{},{},{},{},{},{}", number, knobs_of(row, "{1}", ","),
                     row.valid ? "valid" : "run_failed", row.valid ? fmt::format("{}", row.ms * 1e6) : "",
                     row.values[0] * 1024, row.valid ? "" : "too many resources requested");
}

std::string kernel_tuner_row(const Row& row) {
  const std::string measured =
      row.valid ? fmt::format(R"("watts": 12.5, "time": {0}, "times": [{0}, {0}, {0}], "GFLOP/s": {1}, )",
                              row.ms, 1000 / row.ms)
                : R"("__error__": "RuntimeFailedConfig", )";
  return fmt::format(
      R"("{}": {{{}, {}"compile_time": {}, "verification_time": 0, "benchmark_time": 65.44531699910294, )"
      R"("timestamp": "2026-11-28 03:04:44.144831+00:00"}})",
      knobs_of(row, "{1}", ","), knobs_of(row, "\"block_size_{}\": {}", ", "), measured, 100 + row.ms);
}

std::string ktt_row(const Row& row) {
  const std::string computations = fmt::format(
      R"({{"CompilationData": {{"ConstantMemorySize": 0, "LocalMemorySize": 2048, "MaxWorkGroupSize": 1024, )"
      R"("PrivateMemorySize": 0, "RegistersCount": {}}}, "CompilationOverhead": 120000.5, "Duration": {}, )"
      R"("GlobalSize": {{"X": 1024, "Y": 1, "Z": 1}}, "KernelFunction": "gemm", )"
      R"("LocalSize": {{"X": 64, "Y": 1, "Z": 1}}, "Overhead": 10.0}})",
      row.values[0], row.ms * 1000);
  return fmt::format(
      R"({{"ComputationResults": [{}], "CompilationOverhead": 120000.5, "Configuration": [{}], )"
      R"("DataMovementOverhead": 0.0, "ExtraDuration": 0.0, "KernelName": "gemm", "ProfilingOverhead": 0.0, )"
      R"("SearcherOverhead": 1.0, "Status": "{}", "TotalDuration": {}, "TotalOverhead": 130.0, )"
      R"("ValidationOverhead": 0.0}})",
      row.valid ? computations : "",
      knobs_of(row, R"({{"Name": "KNOB_{}", "Value": {}, "ValueType": "UnsignedInt"}})", ", "),
      row.valid ? "Ok" : "ComputationFailed", row.valid ? row.ms * 1000 : 0);
}

std::string pyatf_row(const Row& row, uint64_t number) {
  return fmt::format(
      R"({{"timestamp": "2026-11-28T03:20:23.197001", "timedelta_since_tuning_start": "0:00:00.000420", )"
      R"("evaluations": {}, "valid_evaluations": {}, "configuration": {{{}}}, "valid": {}, "cost": {}, )"
      R"("search_space_index": {}}})",
      number, number, knobs_of(row, "\"knob_{}\": {}", ", "), row.valid,
      row.valid ? fmt::format("{}", row.ms) : "null", number);
}

std::string clblast_row(const Row& row) {
  return fmt::format(R"({{"kernel": "Xgemm", "time": {:.3f}, "parameters": {{{}, "PRECISION": 32}}}})",
                     row.ms, knobs_of(row, "\"K{}\": {}", ","));
}

/// Ten tiles of loops, as of a fused group of operators.
std::string metaschedule_row(const Row& row) {
  std::string instructions, decisions;
  for (size_t i = 0; i < row.values.size(); ++i) {
    instructions += fmt::format(R"(,["SamplePerfectTile",["l{0}"],[2,64],["v{0}","w{0}"]],)"
                                R"(["Split",["l{0}","v{0}","w{0}"],[1,1],["m{0}","n{0}"]])",
                                i);
    decisions +=
        fmt::format("{}[{},[{},{}]]", i > 0 ? "," : "", 2 * i + 1, row.values[i], 64 / row.values[i]);
  }
  return fmt::format(
      R"([0,[[[["GetSBlock",[],["C","main"],["b0"]]{},["EnterPostproc",[],[],[]]],[{}]],[{}],)"
      R"({{"keys":["cpu"],"kind":"llvm","mtriple":"x86_64-conda-linux-gnu","num-cores":2,"tag":""}},)"
      R"([["TENSOR","float32",[64,64]],["TENSOR","float32",[64,64]],["TENSOR","float32",[64,64]]]]])",
      instructions, decisions, row.valid ? fmt::format("{}", row.ms / 1000) : "1e10");
}

std::string helion_row(const Row& row, uint64_t number) {
  return fmt::format(
      R"csv(5f1c,1.60,a{},0,{},{},1.50,"Config(block_sizes=[{}, {}], indexing='pointer', {}, persistent=False)")csv",
      number, row.valid ? "ok" : "error", row.valid ? fmt::format("{:.6f}", row.ms) : "", row.values[0],
      row.values[1], knobs_of(row, "knob_{}={}", ", "));
}

std::string row_text(const std::string& format, const Row& row, uint64_t number) {
  if (format == "t4") return t4_row(row);
  if (format == "autotvm") return autotvm_row(row, number);
  if (format == "csv") return csv_row(row, number);
  if (format == "kernel-tuner") return kernel_tuner_row(row);
  if (format == "ktt") return ktt_row(row);
  if (format == "pyatf") return pyatf_row(row, number);
  if (format == "clblast") return clblast_row(row);
  if (format == "metaschedule") return metaschedule_row(row);
  return helion_row(row, number);
}

/// What stands around the rows of a format, and between them.
struct Frame {
  std::string_view format, head, separator, tail;
};

constexpr std::array<Frame, 9> kFrames = {
    {{"t4", "{\"results\": [\n", ",\n",
      "\n], \"schema_version\": \"1.0.0\", \"metadata\": {\"timeunit\": \"milliseconds\"}}\n"},
     {"autotvm", "", "\n", "\n"},
     {"csv", "workload,index,k0,k1,k2,k3,k4,k5,k6,k7,k8,k9,verdict,latency_ns,registers,message\n", "\n",
      "\n"},
     {"kernel-tuner",
      "{\n\"device_name\": \"D\",\n\"kernel_name\": \"gemm\",\n\"problem_size\": "
      "1024,\n\"tune_params_keys\": "
      "[\"block_size_0\", \"block_size_1\", \"block_size_2\", \"block_size_3\", \"block_size_4\", "
      "\"block_size_5\", \"block_size_6\", \"block_size_7\", \"block_size_8\", \"block_size_9\"],\n"
      "\"objective\": [\"time\"],\n\"cache\": {\n",
      ",\n", "}\n}\n"},
     {"ktt",
      "{\"Metadata\": {\"ComputeApi\": \"CUDA\", \"Device\": \"D\", \"KttVersion\": \"2.2.0\", \"TimeUnit\": "
      "\"Microseconds\", \"Timestamp\": \"2026-11-28 03:04:05 UTC\"},\n\"Results\": [\n",
      ",\n", "\n]}\n"},
     {"pyatf", "{\"tuning_parameters\": [], \"history\": [\n", ",\n", "\n]}\n"},
     {"clblast",
      "{\"kernel_family\": \"xgemm_1\", \"precision\": \"32\", \"device\": \"D\", \"results\": [\n", ",\n",
      "\n]}\n"},
     {"metaschedule", "", "\n", "\n"},
     {"helion", "run_id,timestamp_s,config_id,generation,status,perf_ms,compile_time_s,config\n", "\n",
      "\n"}}};

}  // namespace

bool write_import_table(const std::string& path, const std::string& format, uint64_t rows) {
  for (const Frame& frame : kFrames) {
    if (frame.format != format) continue;
    std::ofstream file(path, std::ios::binary);
    Random random(7);
    file << frame.head;
    for (uint64_t i = 0; i < rows; ++i)
      file << (i > 0 ? frame.separator : "") << row_text(format, row_of(random), i);
    file << frame.tail;
    return true;
  }
  return false;
}

}  // namespace tamis
