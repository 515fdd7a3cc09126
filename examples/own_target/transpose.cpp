#include "transpose.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

namespace example {
namespace {

/// How a config transposes.
struct Plan {
  int64_t size = 0, rows = 0, columns = 0;
  bool by_columns = false;
};

struct TransposeProgram final : tamis::Artifact {
  explicit TransposeProgram(const Plan& made) : plan(made) {}
  Plan plan;
};

void transpose_block(const Plan& plan, int64_t row, int64_t column, const std::vector<float>& from,
                     std::vector<float>& to) {
  for (int64_t i = row; i < std::min(row + plan.rows, plan.size); ++i)
    for (int64_t j = column; j < std::min(column + plan.columns, plan.size); ++j)
      to[j * plan.size + i] = from[i * plan.size + j];
}

void transpose(const Plan& plan, const std::vector<float>& from, std::vector<float>& to) {
  const int64_t down = (plan.size + plan.rows - 1) / plan.rows;
  const int64_t across = (plan.size + plan.columns - 1) / plan.columns;
  for (int64_t block = 0; block < down * across; ++block) {
    const int64_t row = plan.by_columns ? block % down : block / across;
    const int64_t column = plan.by_columns ? block / down : block % across;
    transpose_block(plan, row * plan.rows, column * plan.columns, from, to);
  }
}

class TransposeDevice final : public tamis::Device {
 public:
  const std::string& name() const override { return name_; }

  tamis::RunOutcome run(const tamis::Artifact& artifact, const tamis::WorkloadData&,
                        const tamis::RunOptions&) override {
    using Clock = std::chrono::steady_clock;
    const Plan& plan = static_cast<const TransposeProgram&>(artifact).plan;
    std::vector<float> from(plan.size * plan.size), to(from.size());
    for (size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i);
    tamis::RunOutcome outcome;
    for (int repetition = 0; repetition < 5; ++repetition) {
      const auto begin = Clock::now();
      transpose(plan, from, to);
      outcome.costs.push_back(std::chrono::duration<double, std::nano>(Clock::now() - begin).count());
    }
    for (int64_t i = 0; i < plan.size * plan.size; ++i)
      if (to[i % plan.size * plan.size + i / plan.size] != from[i])
        return {tamis::Verdict::wrong_result, "an element is not where it belongs", {}, {}, {}};
    return outcome;
  }

 private:
  std::string name_ = "this machine";
};

class TransposeTask final : public tamis::Task {
 public:
  TransposeTask(tamis::TaskFacts facts, int64_t size, int64_t scratch)
      : Task(std::move(facts)), size_(size), scratch_(scratch) {}

  tamis::BuildOutcome build(const tamis::Config& config) const override {
    Plan plan{size_, space().integer(config, "rows"), space().integer(config, "columns")};
    plan.by_columns = space().integer(config, "by_columns") != 0;
    tamis::BuildOutcome outcome;
    const int64_t needed = plan.rows * plan.columns * static_cast<int64_t>(sizeof(float));
    outcome.features.set("block_bytes", static_cast<double>(needed));
    if (needed > scratch_) {
      outcome.verdict = tamis::Verdict::resource_exceeded;
      outcome.message = "a block needs " + std::to_string(needed) + " bytes of scratch memory, there are " +
                        std::to_string(scratch_);
      return outcome;
    }
    outcome.artifact = std::make_shared<TransposeProgram>(plan);
    return outcome;
  }

 private:
  int64_t size_;
  int64_t scratch_;
};

class TransposeTarget final : public tamis::Target {
 public:
  TransposeTarget(std::string spec, tamis::Settings settings, int64_t scratch)
      : Target(std::move(spec), std::move(settings), {.needs_isolation = true, .latencies_vary = true}),
        scratch_(scratch) {}

  tamis::Result<std::vector<tamis::Workload>> resolve(const std::string& text) const override {
    if (std::atoll(text.c_str()) < 1)
      return tamis::invalid_input("\"" + text + "\" is not the size of a matrix; write a number such as 256");
    tamis::Workload workload;
    workload.op = tamis::Operator::external;
    workload.name = "transpose" + text;
    workload.source = text;
    return std::vector<tamis::Workload>{workload};
  }

  tamis::Result<std::unique_ptr<tamis::Task>> bind(const tamis::Workload& workload) const override {
    const std::vector<int64_t> sizes = {1, 2, 4, 8, 16, 32, 64, 128};
    tamis::TaskFacts facts;
    facts.workload = workload;
    TAMIS_ASSIGN(facts.space, tamis::Space::create({tamis::number_knob("rows", sizes),
                                                    tamis::number_knob("columns", sizes),
                                                    tamis::number_knob("by_columns", {0, 1})}));
    facts.identity = {"transpose", "", {{"scratch", std::to_string(scratch_)}}};
    facts.default_config = facts.space.config(0);
    return std::unique_ptr<tamis::Task>(
        std::make_unique<TransposeTask>(std::move(facts), std::atoll(workload.source.c_str()), scratch_));
  }

  tamis::Result<std::unique_ptr<tamis::Device>> open_device(const tamis::DeviceOptions&) const override {
    return std::unique_ptr<tamis::Device>(std::make_unique<TransposeDevice>());
  }

 private:
  int64_t scratch_;
};

}  // namespace

tamis::Result<std::shared_ptr<const tamis::Target>> make_transpose(const std::string& spec,
                                                                   const tamis::Settings& settings) {
  if (spec != "transpose") return tamis::not_found("there is no target \"" + spec + "\" here");
  const auto given = settings.find("scratch");
  const int64_t scratch = given == settings.end() ? 16384 : std::atoll(given->second.c_str());
  return std::shared_ptr<const tamis::Target>(
      std::make_shared<const TransposeTarget>(spec, settings, scratch));
}

}  // namespace example
