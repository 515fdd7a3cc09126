#include "network/library/planned_body.h"

#include "network/library/min_cut.h"
#include "network/library/step_program.h"
#include "network/passes/quantised_form.h"
#include "network/passes/simplify.h"

#include <set>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

/// The steps that have no program in the orders that were chosen for them.
std::set<std::string> without_program(const PlannedBody& body, const LibraryOptions& options) {
  std::set<std::string> names;
  for (const PlannedStep& step : body.steps)
    if (step.kind == StepKind::generated && step.order == Order::channels_last &&
        !program_of(step, body.network, options).ok())
      names.insert(name_of(step));
  return names;
}

}  // namespace

LayoutTime layout_times(const LibraryOptions& options) {
  return [&options](const Workload& workload) {
    if (const auto config = options.find_config(workload)) return config->latency_ns;
    Workload other = workload;
    other.layout = workload.layout == Layout::nchw ? Layout::nhwc : Layout::nchw;
    // The default config is far from the best: a layout that was tuned is preferred.
    if (options.find_config(other)) return kForbidden;
    return workload.layout == options.untuned_layout ? 0 : kForbidden;
  };
}

Result<std::unique_ptr<PlannedBody>> planned_body(const Graph& body, const std::vector<Fact>& inputs,
                                                  size_t most_fused, const LibraryOptions& options) {
  auto planned = std::make_unique<PlannedBody>();
  ResolveOptions resolving;
  resolving.keeps_dequantised = true;
  planned->network = resolve_body(body, inputs, resolving);
  TAMIS_TRY(without_faults(planned->network));
  simplify(planned->network);
  quantised_form(planned->network);
  TAMIS_ASSIGN(planned->layers, layers_of(planned->network));
  planned->steps = planned_steps(planned->network, planned->layers, most_fused);
  LayoutFacts facts{layout_times(options), {}};
  while (true) {
    choose_orders(planned->network, facts, planned->steps);
    const std::set<std::string> refused = without_program(*planned, options);
    if (refused.empty()) return planned;
    facts.plain_only.insert(refused.begin(), refused.end());
  }
}

}  // namespace tamis::network
