// Tuning goes on past configs that crash, hang, allocate without end or compute something else: each gets its
// verdict, and the one config that is right wins.
#include "measure/fault_target.h"
#include "tamis/session.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// Proposes every config once.
class OneAfterAnother final : public Strategy {
 public:
  explicit OneAfterAnother(const Space& space) : space_(space) {}
  std::string_view name() const override { return "one after another"; }
  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> configs;
    for (; configs.size() < count && next_ < space_.size(); ++next_) configs.push_back(space_.config(next_));
    return configs;
  }
  Status learn(std::span<const Trial>) override { return {}; }

 private:
  const Space& space_;
  uint64_t next_ = 0;
};

SessionOptions options_with_workers() {
  SessionOptions options;
  options.strategy = "one after another";
  options.make_strategy = [](const Task& task, const SearchOptions&) -> Result<std::unique_ptr<Strategy>> {
    return std::unique_ptr<Strategy>(std::make_unique<OneAfterAnother>(task.space()));
  };
  options.with_default = false;
  options.measure.jobs = 2;
  options.measure.run_deadline = options.measure.build_deadline = std::chrono::seconds(2);
  options.measure.memory_limit_bytes = uint64_t{512} << 20;
  options.measure.worker_path = TAMIS_BUILD_BIN "/fault_worker";
  return options;
}

TEST(SessionWithFaults, GivesEveryConfigItsVerdictAndGoesOn) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer reserves more addresses than any bound allows";
#endif
  const SharedTask task = fault_task(small_float_workload());
  SessionOptions options = options_with_workers();
  options.budget.trials.reset();
  options.keep_trials = true;
  const auto result = run_session(task, nullptr, options, {}, {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->stop_reason, StopReason::exhausted);
  const Space& space = task->space();
  EXPECT_EQ(result->counts.trials, space.size());
  std::map<std::string, std::string> verdicts;
  for (const Trial& trial : result->trials)
    verdicts[space.describe(trial.config)] = std::string(to_string(trial.verdict));
  const std::map<std::string, std::string> expected = {{"fault=none", "valid"},
                                                       {"fault=segfault", "crashed"},
                                                       {"fault=illegal", "crashed"},
                                                       {"fault=stack", "crashed"},
                                                       {"fault=allocate", "crashed"},
                                                       {"fault=hang", "run_timeout"},
                                                       {"fault=wrong_result", "wrong_result"},
                                                       {"fault=slightly_wrong", "wrong_result"},
                                                       {"fault=not_a_number", "wrong_result"},
                                                       {"fault=infinite", "wrong_result"},
                                                       {"fault=throw", "run_failed"},
                                                       {"fault=build:throw", "build_failed"},
                                                       {"fault=build:hang", "build_timeout"},
                                                       {"fault=build:stack", "build_failed"},
                                                       {"fault=build:allocate", "build_failed"}};
  for (const auto& [config, verdict] : expected) EXPECT_EQ(verdicts[config], verdict) << config;
  ASSERT_TRUE(result->best.has_value());
  EXPECT_EQ(result->best->verdict, Verdict::valid);
}

}  // namespace
}  // namespace tamis
