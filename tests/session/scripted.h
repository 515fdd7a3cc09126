#pragma once

#include "tamis/random.h"
#include "tamis/session.h"
#include "tamis/task.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tamis {

/// A convolution of a few elements.
Workload small_workload_of(int64_t output_channels = 2);

struct BowlOptions {
  bool builds_freely = false;
  std::vector<std::string> constraints = {};
  uint64_t default_index = 0;
  std::vector<std::string> hints = {};
  /// Whether programs say their code: configs are the same program whose `a` differs in its last bit only,
  /// with the latency of the smaller one. No device is lost then.
  bool tells_code = false;
  /// Whether latencies count as varying and running takes 2 ms, far longer than finding out that a config is
  /// invalid.
  bool runs_long = false;
};
/// A task of 10 x 10 configs that cannot fail to be made: every seventh config is invalid, one in eleven
/// loses its device, and the latency of the others has its least value, 100 ns, at a = 7, b = 3. Building
/// takes a moment that differs from config to config, so that several jobs finish out of order; it reveals
/// the feature `index`. The default config is a = 0, b = 0 unless another is
/// named.
SharedTask make_bowl_task(const BowlOptions& options = {}, const Workload& workload = small_workload_of());

/// Proposes configs that depend on its seed and on every trial it has learnt, so that two histories that
/// differ anywhere go on differently.
class ScriptedStrategy final : public Strategy {
 public:
  ScriptedStrategy(const Task& task, const SearchOptions& options)
      : space_(task.space()), random_(options.seed) {}
  std::string_view name() const override { return "scripted"; }
  Result<std::vector<Config>> propose(size_t count) override;
  Status learn(std::span<const Trial> trials) override;

 private:
  const Space& space_;
  Random random_;
  std::set<uint64_t> proposed_;
  uint64_t digest_ = 0;
};

/// Makes a strategy of a type that is made of a task and options.
template <class Made>
StrategyFactory factory_of() {
  return [](const Task& task, const SearchOptions& options) -> Result<std::unique_ptr<Strategy>> {
    return std::unique_ptr<Strategy>(std::make_unique<Made>(task, options));
  };
}

/// A session with the scripted strategy, without the default config, that measures in this process on so many
/// jobs.
SessionOptions scripted_options(int jobs = 1);

}  // namespace tamis
