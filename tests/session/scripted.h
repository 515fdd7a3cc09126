#pragma once

#include "base/random.h"
#include "session/loop.h"
#include "task/target.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tamis {

/// A target of 10 x 10 configs that cannot fail to be made: every seventh config is invalid, one in eleven
/// loses its device, and the latency of the others has its least value, 100 ns, at a = 7, b = 3. Building
/// takes a moment that differs from config to config, so that several jobs finish out of order.
std::unique_ptr<Target> make_bowl_target();

/// Proposes configs that depend on its seed and on every trial it has learnt, so that two histories that
/// differ anywhere go on differently.
class ScriptedStrategy final : public Strategy {
 public:
  explicit ScriptedStrategy(const SearchProblem& problem) : space_(*problem.space), random_(problem.seed) {}
  std::string_view name() const override { return "scripted"; }
  Result<std::vector<Config>> propose(size_t count) override;
  Status learn(std::span<const Trial> trials) override;

 private:
  const Space& space_;
  Random random_;
  std::set<uint64_t> proposed_;
  uint64_t digest_ = 0;
};

/// Parts with the scripted strategy and measuring in this process on so many jobs.
SessionParts scripted_parts(int jobs);

}  // namespace tamis
