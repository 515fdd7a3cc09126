#include "targets/gpu/schedule/operator_program.h"

#include "targets/gpu/schedule/contraction.h"
#include "targets/loop/bounds.h"
#include "targets/loop/interpreter.h"
#include "targets/loop/statement.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::HasSubstr;

DeviceFacts some_device() {
  DeviceFacts facts;
  facts.group_items = 1024;
  facts.shared_bytes = 48 * 1024;
  return facts;
}

Workload workload_of(const std::string& spec) {
  return parse_spec(spec, WorkloadDefaults{DataType::float32}).value();
}

/// The choices that the sampled configs of a matmul have in common with any other: tiles that do not divide.
GpuChoices any_choices(Random& random) {
  const auto power = [&](int most) { return int64_t{1} << random.below(static_cast<uint64_t>(most) + 1); };
  GpuChoices choices;
  choices.tile_y = power(1);
  choices.tile_x = power(2);
  choices.tile_n = power(2);
  choices.items_y = power(1);
  choices.items_x = power(2);
  choices.items_n = power(2);
  choices.block_k = power(2);
  choices.unroll = std::min(choices.block_k, power(2));
  choices.stage_a = random.below(2) == 1;
  choices.stage_b = random.below(2) == 1;
  choices.swizzle = power(1);
  choices.split_k = power(1);
  if (choices.stage_a || choices.stage_b) {
    choices.pipeline = static_cast<Pipeline>(random.below(2));
    choices.load_vector = power(1);
  }
  return choices;
}

void expect_reference(const std::string& spec, uint64_t seed) {
  const Workload workload = workload_of(spec);
  const Contraction contraction = describe(workload).value();
  Random random(seed);
  GpuChoices choices = any_choices(random);
  if (contraction.depthwise) {
    choices.stage_a = choices.stage_b = false;
    choices.pipeline = Pipeline::none;
    choices.block_k = choices.unroll = choices.split_k = choices.load_vector = 1;
  }
  const int64_t tile = contraction.columns_together() ? choices.tile_x : choices.tile_n;
  choices.vector = std::min<int64_t>(tile, 2);
  const loop::LoweredProgram program = loop::lower(schedule(contraction, choices, "run"));
  ASSERT_EQ(loop::find_overrun(program).value_or(""), "") << to_string(program);
  const WorkloadData data = make_data(workload, 1);
  Space space = operator_space(workload, some_device()).value();
  const OperatorProgram made =
      operator_program(workload, space, space.config(0), Language::opencl).value();  // for how arguments lie
  loop::testing::Memory memory;
  for (const OperatorArgument& argument : made.arguments) {
    if (argument.role == ArgumentRole::output || argument.role == ArgumentRole::scratch) continue;
    const std::vector<std::byte> bytes = argument_bytes(argument, data);
    std::vector<float> numbers(bytes.size() / 4);
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    memory[argument.name] = loop::testing::cells({numbers.begin(), numbers.end()});
  }
  ASSERT_EQ(loop::testing::interpret(program, memory).value_or(""), "") << to_string(program);
  const auto output = loop::testing::numbers(memory["output"]);
  ASSERT_TRUE(output.has_value()) << to_string(program);
  for (size_t i = 0; i < output->size(); ++i)
    ASSERT_NEAR((*output)[i], data.output.values<float>()[i], data.tolerance) << i << "\n"
                                                                              << to_string(program);
}

TEST(GpuSchedules, ComputeTheReferenceResultWhateverTheyChoose) {
  for (uint64_t seed = 1; seed <= 20; ++seed)
    for (const char* spec :
         {"matmul:m=7,n=10,k=9", "dense:n=3,ci=8,co=12", "conv2d:ci=3,h=5,w=6,co=5,k=3,pad=1",
          "conv2d:ci=4,h=6,w=5,co=8,k=3,stride=2,pad=1,layout=nhwc",
          "depthwise_conv2d:ci=6,h=5,w=7,k=3,pad=1,layout=nhwc"}) {
      expect_reference(spec, seed);
      if (HasFatalFailure()) FAIL() << spec << " with seed " << seed;
    }
}

TEST(GpuSchedules, HaveNoMoreItemsThanAGroupMayHave) {
  Random random(3);
  for (const char* spec :
       {"matmul:m=100,n=60,k=130", "conv2d:ci=20,h=14,w=15,co=24,k=3,pad=1", "dense:n=16,ci=100,co=50"}) {
    const Workload workload = workload_of(spec);
    const Space space = operator_space(workload, some_device()).value();
    for (int i = 0; i < 30; ++i) {
      const Config config = space.sample(random).value();
      const Result<OperatorProgram> made = operator_program(workload, space, config, Language::cuda);
      ASSERT_TRUE(made.ok()) << made.error().message << space.describe(config);
      for (const Launch& launch : made->program.launches) EXPECT_LE(launch.grid.group_items(), 1024U);
    }
  }
}

TEST(GpuSchedules, HaveKnobsThatChangeTheSource) {
  const Workload workload = workload_of("matmul:m=256,n=256,k=256");
  const Space space = operator_space(workload, some_device()).value();
  const Config base = default_operator_config(workload, some_device(), space);
  const std::string text =
      operator_program(workload, space, base, Language::opencl).value().program.source.text;
  std::set<std::string> changing;
  for (size_t i = 0; i < space.knobs().size(); ++i)
    for (uint32_t value = 0; value < space.knobs()[i].values.size(); ++value) {
      Config other = base;
      other.choices[i] = value;
      if (!space.allows(other) || value == base.choices[i]) continue;
      if (operator_program(workload, space, other, Language::opencl).value().program.source.text != text)
        changing.insert(space.knobs()[i].name);
    }
  EXPECT_EQ(changing.size(), space.knobs().size());
}

TEST(GpuSchedules, BeginWithConfigsThatTheSpaceAllows) {
  for (const char* spec : {"matmul:m=1,n=1000,k=3", "conv2d:ci=3,h=224,w=224,co=64,k=7,stride=2,pad=3",
                           "depthwise_conv2d:ci=2,h=3,w=3,k=3,pad=1"}) {
    const Workload workload = workload_of(spec);
    const Space space = operator_space(workload, some_device()).value();
    for (const Config& config : operator_suggestions(workload, some_device(), space))
      EXPECT_TRUE(space.allows(config)) << spec << " " << space.describe(config);
  }
}

TEST(GpuSchedules, HaveNoMoreGroupsAlongZThanADeviceTakes) {
  const Workload workload = workload_of("matmul:batch=20000,m=4,n=4,k=128");
  const Space space = operator_space(workload, some_device()).value();
  Random random(5);
  for (int i = 0; i < 20; ++i) {
    const Config config = space.sample(random).value();
    const OperatorProgram made = operator_program(workload, space, config, Language::cuda).value();
    EXPECT_LE(made.program.launches[0].grid.groups[2], 65535U) << space.describe(config);
  }
  EXPECT_TRUE(space.find("split_k").has_value());
}

/// Else a formula of the user's that leaves few configs is looked for one config at a time.
TEST(GpuSchedules, HaveConstraintsThatSayWhichKnobsTheyRead) {
  for (const char* spec : {"matmul:m=256,n=256,k=256", "conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1,layout=nhwc",
                           "depthwise_conv2d:ci=16,h=9,w=9,k=3,pad=1", "matmul:m=1,n=64,k=1"}) {
    const Space space = operator_space(workload_of(spec), some_device()).value();
    Random random(9);
    for (const Constraint& constraint : space.constraints()) {
      ASSERT_FALSE(constraint.knobs.empty()) << spec << " " << constraint.text;
      for (int i = 0; i < 200; ++i) {
        Config config = space.sample(random).value();
        const bool held = constraint.holds(space, config);
        const Config other = space.sample(random).value();
        for (size_t knob = 0; knob < space.knobs().size(); ++knob) {
          const auto& read = constraint.knobs;
          if (std::find(read.begin(), read.end(), space.knobs()[knob].name) == read.end())
            config.choices[knob] = other.choices[knob];
        }
        EXPECT_EQ(constraint.holds(space, config), held) << constraint.text;
      }
    }
  }
}

TEST(GpuSchedules, SayThatABatchIsTooLarge) {
  const auto space = operator_space(workload_of("matmul:batch=65536,m=4,n=4,k=4"), some_device());
  ASSERT_FALSE(space.ok());
  EXPECT_THAT(space.error().message, HasSubstr("a batch of 65536 here; it may be 65535 at most"));
}

TEST(GpuSchedules, SayWhichOperatorsTheyLack) {
  const auto space =
      operator_space(workload_of("conv2d:ci=16,h=8,w=8,co=16,k=1,layout=nchw16c"), some_device());
  ASSERT_FALSE(space.ok());
  EXPECT_THAT(space.error().message, HasSubstr("nchw16c"));
}

}  // namespace
}  // namespace tamis::gpu
