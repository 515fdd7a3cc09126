#include "network/library/make_library.h"

#include "base/text.h"
#include "network/library/assembly.h"
#include "network/library/planned_body.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis::network {
namespace {

/// So many operators in one loop at first; fewer where their expression grows too large.
constexpr std::array<size_t, 3> kMostFused = {24, 8, 1};

/// Headers of the system that the sources of a library need, and letters of which it has an `_OK`.
constexpr std::array<std::string_view, 22> kTaken = {
    "F",     "R",        "W",      "X",       "alloca", "complex", "endian", "errno",
    "fcntl", "features", "limits", "locale",  "math",   "signal",  "stddef", "stdint",
    "stdio", "stdlib",   "string", "strings", "time",   "unistd"};

/// The sum of the tuned latencies of workloads that have one layout, in the better one; infinity where none
/// has all of them.
double least_time(std::initializer_list<const Workload*> workloads, const FindConfig& find_config) {
  double least = std::numeric_limits<double>::infinity();
  for (const Layout layout : {Layout::nchw, Layout::nhwc}) {
    double sum = 0;
    for (const Workload* workload : workloads) {
      Workload laid_out = *workload;
      laid_out.layout = layout;
      const auto config = find_config(laid_out);
      sum += config ? config->latency_ns : std::numeric_limits<double>::infinity();
    }
    least = std::min(least, sum);
  }
  return least;
}

/// Assembles the steps in their orders. Steps that have no program with channels last are added to
/// `plain_only`: then it is to be tried again.
Result<std::optional<MadeLibrary>> assembled(const Resolved& network, const std::vector<PlannedStep>& steps,
                                             size_t most_fused, const LibraryOptions& options,
                                             std::set<std::string>& plain_only) {
  Assembly assembly(network, most_fused, options);
  bool complete = true;
  for (const PlannedStep& step : steps) {
    const Status added = assembly.add(step);
    if (added.ok()) continue;
    const bool may_be_plain = step.kind == StepKind::generated && step.order == Order::channels_last;
    if (!may_be_plain) return added.error();
    plain_only.insert(name_of(step));
    complete = false;
    break;
  }
  if (!complete) return std::optional<MadeLibrary>();
  TAMIS_ASSIGN(MadeLibrary made, std::move(assembly).finish());
  return std::optional(std::move(made));
}

Result<MadeLibrary> made_of(const Resolved& network, const std::vector<Layer>& layers, size_t most_fused,
                            const LibraryOptions& options) {
  std::vector<PlannedStep> steps = planned_steps(network, layers, most_fused);
  LayoutFacts facts{layout_times(options), {}};
  while (true) {
    const LayoutChoice layouts = choose_orders(network, facts, steps);
    TAMIS_ASSIGN(std::optional<MadeLibrary> made,
                 assembled(network, steps, most_fused, options, facts.plain_only));
    if (!made) continue;  // one more step is plain each time
    made->report.layouts = layouts;
    return std::move(*made);
  }
}

}  // namespace

PairChoice choose_pairs(const Resolved& network, const std::vector<Layer>& layers,
                        const FindConfig& find_config) {
  PairChoice choice;
  for (LayerPair& pair : pairs_of(network, layers)) {
    ++choice.offered;
    const double together = least_time({&pair.workload}, find_config);
    const double apart =
        least_time({&*layers[pair.depthwise].workload, &*layers[pair.pointwise].workload}, find_config);
    if (std::isinf(together) || std::isinf(apart)) continue;
    ++choice.tuned;
    if (together >= apart) continue;
    choice.saved_ns += apart - together;
    choice.fused.push_back(std::move(pair));
  }
  return choice;
}

bool is_library_name(std::string_view name) {
  return is_c_identifier(name) && std::find(kTaken.begin(), kTaken.end(), name) == kTaken.end();
}

Result<MadeLibrary> make_library(const Resolved& network, const std::vector<Layer>& layers,
                                 const LibraryOptions& options) {
  if (!is_library_name(options.name))
    return invalid_input(fmt::format("\"{}\" cannot be the name of a library in C", printable(options.name)));
  TAMIS_TRY(without_faults(network));
  const PairChoice pairs =
      options.fuse_pairs ? choose_pairs(network, layers, options.find_config) : PairChoice{};
  const std::vector<Layer> joined = join_pairs(layers, pairs.fused);
  Result<MadeLibrary> made = Error{ErrorKind::internal, "nothing was tried"};
  for (const size_t most_fused : kMostFused) {
    made = made_of(network, joined, most_fused, options);
    if (made.ok()) made->report.pairs = pairs;
    if (made.ok() || made.error().kind != ErrorKind::unsupported) return made;
  }
  return made;
}

}  // namespace tamis::network
