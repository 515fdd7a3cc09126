#include "targets/gpu/schedule/operator_program.h"

#include "targets/gpu/schedule/contraction.h"
#include "targets/gpu/schedule/winograd.h"
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

DeviceFacts some_processor(int lanes) {
  DeviceFacts facts = some_device();
  facts.is_cpu = true;
  facts.native_lanes = lanes;
  return facts;
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

/// What a depthwise convolution and Winograd's algorithm leave without a choice has its first value.
void restrict_choices(GpuChoices& choices, const Contraction& contraction) {
  if (is_winograd(choices.algorithm)) choices.tile_y = choices.items_y = 1;
  if (!contraction.depthwise) return;
  choices.stage_b = false;
  choices.pipeline = Pipeline::none;
  choices.block_k = choices.unroll = choices.split_k = 1;
  if (!choices.stage_a) choices.load_vector = 1;
}

void expect_reference(const std::string& spec, uint64_t seed,
                      Algorithm algorithm = Algorithm::implicit_gemm) {
  const Workload workload = workload_of(spec);
  const Contraction contraction = describe(workload).value();
  Random random(seed);
  GpuChoices choices = any_choices(random);
  choices.algorithm = algorithm;
  restrict_choices(choices, contraction);
  const int64_t tile = contraction.columns_together() ? choices.tile_x : choices.tile_n;
  choices.vector = std::min<int64_t>(tile, 2);
  const loop::LoweredProgram program = loop::lower(schedule(contraction, choices, "run"));
  ASSERT_EQ(loop::find_overrun(program).value_or(""), "") << to_string(program);
  const WorkloadData data = make_data(workload, 1);
  Space space = operator_space(workload, some_device()).value();
  const OperatorProgram made =
      operator_program(workload, space, space.config(0), Language::opencl).value();  // for how arguments lie
  loop::testing::Memory memory;
  for (OperatorArgument argument : made.arguments) {
    if (argument.role == ArgumentRole::output || argument.role == ArgumentRole::scratch) continue;
    if (argument.role == ArgumentRole::weights && is_winograd(algorithm))
      argument.winograd_tile = winograd_tile(algorithm);
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

TEST(GpuSchedules, ComputeTheReferenceResultByTheAlgorithmDirect) {
  for (uint64_t seed = 1; seed <= 20; ++seed)
    for (const char* spec : {"conv2d:ci=3,h=5,w=6,co=5,k=3,pad=1", "conv2d:ci=4,h=6,w=5,co=6,k=3,layout=nhwc",
                             "conv2d:ci=3,h=9,w=8,co=5,k=3,stride=2,pad=1,dilation=2,layout=nhwc",
                             "conv2d:n=2,ci=3,h=4,w=9,co=3,kh=1,kw=5,pad=2"}) {
      expect_reference(spec, seed, Algorithm::direct);
      if (HasFatalFailure()) FAIL() << spec << " with seed " << seed;
    }
}

TEST(GpuSchedules, ComputeTheReferenceResultByWinogradsAlgorithms) {
  for (const Algorithm algorithm : {Algorithm::winograd2, Algorithm::winograd4})
    for (uint64_t seed = 1; seed <= 4; ++seed)
      for (const char* spec :
           {"conv2d:ci=3,h=5,w=6,co=5,k=3,pad=1", "conv2d:n=2,ci=4,h=6,w=5,co=6,k=3,layout=nhwc,residual=1",
            "conv2d:ci=2,h=3,w=140,co=3,k=3,pad=1,bias=0",
            "conv2d:ci=70,h=4,w=3,co=3,k=3,pad=2,layout=nhwc"}) {
        expect_reference(spec, seed, algorithm);
        if (HasFatalFailure()) FAIL() << spec << " with seed " << seed;
      }
}

/// Whether a config of the space has this algorithm.
bool has_algorithm(const std::string& spec, const std::string& algorithm) {
  const Space space = operator_space(workload_of(spec), some_device()).value();
  const auto knob = space.find("algorithm");
  if (!knob) return false;
  const std::vector<KnobValue>& values = space.knobs()[*knob].values;
  return std::find(values.begin(), values.end(), KnobValue(algorithm)) != values.end();
}

TEST(GpuSchedules, OfferWinogradsAlgorithmsWhereTheySuit) {
  EXPECT_TRUE(has_algorithm("conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1", "winograd4"));
  for (const char* spec :
       {"conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1,type=int8", "conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1,type=float16",
        "conv2d:ci=16,h=9,w=9,co=16,k=3,stride=2,pad=1", "conv2d:ci=16,h=9,w=9,co=16,k=3,pad=1,dilation=2",
        "conv2d:ci=16,h=9,w=9,co=16,k=5,pad=2", "conv2d:ci=16,h=9,w=9,co=16,k=1",
        "depthwise_conv2d:ci=16,h=9,w=9,k=3,pad=1", "matmul:m=16,n=16,k=16"})
    EXPECT_FALSE(has_algorithm(spec, "winograd2")) << spec;
}

TEST(GpuSchedules, OfferTheAlgorithmDirectWhereThereAreTaps) {
  EXPECT_TRUE(has_algorithm("conv2d:ci=16,h=9,w=9,co=16,k=5,pad=2,type=int8", "direct"));
  EXPECT_FALSE(has_algorithm("conv2d:ci=16,h=9,w=9,co=16,k=1", "direct"));
}

TEST(GpuSchedules, CountTheHaloInSharedMemory) {
  const Contraction c = describe(workload_of("conv2d:ci=16,h=20,w=20,co=16,k=3,stride=2,pad=1")).value();
  GpuChoices choices;
  choices.algorithm = Algorithm::direct;
  choices.tile_x = choices.items_x = choices.items_n = 4;
  choices.block_k = 2;
  choices.stage_a = true;
  EXPECT_EQ(shared_bytes(c, choices), 2 * 3 * 33 * 4);
  choices.stage_b = true;
  EXPECT_EQ(shared_bytes(c, choices), 2 * 3 * 33 * 4 + 9 * 2 * 4 * 4);
}

TEST(GpuSchedules, HaveADefaultOfOneItemAGroupOnProcessors) {
  for (const int lanes : {0, 4, 8, 16})
    for (const char* spec : {"matmul:m=256,n=256,k=256", "conv2d:ci=16,h=14,w=14,co=32,k=3,pad=1",
                             "depthwise_conv2d:ci=32,h=14,w=14,k=3,pad=1,layout=nhwc"}) {
      const Workload workload = workload_of(spec);
      const DeviceFacts processor = some_processor(lanes);
      const Space space = operator_space(workload, processor).value();
      const Config config = default_operator_config(workload, processor, space);
      ASSERT_TRUE(space.allows(config)) << spec << " " << space.describe(config);
      const OperatorProgram made = operator_program(workload, space, config, Language::opencl).value();
      EXPECT_EQ(made.program.launches[0].grid.group_items(), 1U) << space.describe(config);
      EXPECT_EQ(made.shared_bytes, 0);
      EXPECT_EQ(space.integer(config, "vector"), std::clamp(lanes, 4, 8));
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
