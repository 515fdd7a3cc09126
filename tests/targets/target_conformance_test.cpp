// What every target keeps to. Cases come from the table of targets, so that a new kind cannot be forgotten.

#include "tamis/testing/target_conformance.h"

#include "tamis/formats.h"
#include "tamis/table.h"
#include "tamis/targets.h"
#include "targets/cpu/codegen/machine.h"
#include "targets/gpu/runtime/cuda_choice.h"
#include "targets/gpu/runtime/opencl_runtime.h"

#include <map>

namespace tamis {
namespace {

using testing::name_of_case;
using testing::target_case;
using testing::TargetCase;
using testing::TargetConformance;

const std::string kData = TAMIS_TEST_DATA;
const std::string kConvolution = "conv2d:ci=16,h=4,w=4,co=16,k=3,pad=1";

/// A server that knows one workload.
const std::string kServer = R"SH(
while read -r line; do
  id=${line##*'"id":'}
  id=${id%%[!0-9]*}
  case "$line" in
    *'"workload":"served"'*)
      echo "{\"id\":$id,\"tamis\":1,\"requests\":[\"build\",\"run\"],\"knobs\":{\"tile\":[1,2,4]}}" ;;
    *'"request":"build"'*) echo "{\"id\":$id,\"features\":{\"size\":4}}" ;;
    *'"request":"run"'*) echo "{\"id\":$id,\"latencies_ns\":[7,8]}" ;;
    *) echo "{\"id\":$id,\"error\":\"there is no such workload\"}" ;;
  esac
done
)SH";

/// How a kind of target is tried: settings, a small workload that it can run, and a spec where it is more
/// than the kind.
struct Example {
  Settings settings;
  std::string workload;
  std::string spec = {};
  bool runs_here = true;
};

const std::map<std::string, Example>& examples() {
  static const std::map<std::string, Example> by_kind = {
      {"vta", {{}, kConvolution}},
      {"cpu", {{{"threads", "1"}}, kConvolution}},
      {"opencl", {{{"threads", "1"}}, kData + "/kernels/scale.yaml"}},
      {"cuda", {{}, kConvolution, "cuda:arch=sm_90", false}},
      {"table", {{}, kData + "/tables/tiny_T4.json"}},
      {"command", {{}, kData + "/spaces/echo.yaml"}},
  };
  return by_kind;
}

/// Not under a sanitizer: drivers of OpenCL bring compilers of their own, which leave memory behind.
bool has_opencl() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#else
  static const bool opened = gpu::open_opencl_runtime({}).ok();
  return opened;
#endif
}

/// Whether this machine has what tasks of a kind need: a device, or a compiler that is opened at run time.
bool has_needs_of(const std::string& kind) {
  if (kind == "opencl") return has_opencl();
  if (kind == "cuda") return gpu::open_cuda_builder(gpu::usual_scope(), "sm_90").ok();
  return true;
}

std::vector<TargetCase> a_case_of_every_kind() {
  std::vector<TargetCase> cases;
  for (const TargetKind& kind : target_kinds()) {
    if (!has_needs_of(kind.name)) continue;
    const auto example = examples().find(kind.name);
    if (example != examples().end()) {
      const Example& one = example->second;
      cases.push_back(target_case(kind.name, make_target, one.spec.empty() ? kind.name : one.spec,
                                  one.settings, one.workload, one.runs_here));
      continue;
    }
    TargetCase missing;
    missing.name = kind.name;
    missing.make_task = [name = kind.name]() -> Result<SharedTask> {
      return not_found("the target " + name + " has no example; give it one in target_conformance_test.cpp");
    };
    cases.push_back(missing);
  }
  return cases;
}

TargetCase table_that_was_read() {
  TargetCase one;
  one.name = "TableThatWasRead";
  one.make_task = [] {
    return table::bind_table(
        std::make_shared<const TrialSet>(read_recorded_table(kData + "/tables/tiny_T4.json").value()));
  };
  return one;
}

TargetCase callers_task() {
  TargetCase one;
  one.name = "CallersTask";
  one.make_task = [] {
    return make_plain_task(
        {Space::create({number_knob("tile", {1, 2, 4}), name_knob("order", {"ab", "ba"})}).value()});
  };
  one.runs_here = false;
  return one;
}

std::vector<TargetCase> opencl_operators() {
  if (!has_opencl()) return {};
  return {target_case("OpenClOperator", make_target, "opencl", {{"threads", "1"}}, kConvolution)};
}

INSTANTIATE_TEST_SUITE_P(OpenCl, TargetConformance, ::testing::ValuesIn(opencl_operators()), name_of_case);

INSTANTIATE_TEST_SUITE_P(Table, TargetConformance, ::testing::ValuesIn(a_case_of_every_kind()), name_of_case);

INSTANTIATE_TEST_SUITE_P(
    More, TargetConformance,
    ::testing::Values(
        target_case("VtaWide", make_target, "vta", {{"space", "wide"}}, kConvolution),
        target_case("VtaUnchecked", make_target, "vta", {{"checks", "none"}}, kConvolution),
        target_case("VtaFromAFile", make_target, "vta:" + kData + "/vta/devices/pynq.json", {}, kConvolution),
        target_case("VtaWithoutItsDriver", make_target, "vta", {{"device", "driver:/missing.so"}},
                    kConvolution, false),
        target_case("CpuIntegers", make_target, "cpu", {{"threads", "1"}, {"caches", "cold"}},
                    "dense:n=2,ci=20,co=18,type=int8"),
        target_case("CpuOfAnotherKind", make_target, "cpu:mcpu=cortex-a72", {{"threads", "1"}}, kConvolution,
                    cpu::find_machine("cortex-a72").value().host),
        target_case("CommandWithAServer", make_target, "command", {{"serve", kServer}}, "served"),
        table_that_was_read(), callers_task()),
    name_of_case);

}  // namespace
}  // namespace tamis
