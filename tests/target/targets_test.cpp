// The table of targets: every row keeps what the interface promises.

#include "target/targets.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

class EveryTarget : public ::testing::TestWithParam<TargetKind> {};

TEST_P(EveryTarget, IsMadeByItsNameAndKeepsItsSpec) {
  const auto target = make_target(GetParam().name, {});
  ASSERT_TRUE(target.ok()) << target.error().message;
  EXPECT_EQ((*target)->spec(), GetParam().name);
  EXPECT_FALSE((*target)->identity().empty());
  EXPECT_EQ((*target)->identity(), (*make_target(GetParam().name, {}))->identity());
  EXPECT_FALSE(GetParam().description.empty());
}

TEST_P(EveryTarget, RefusesAMissingConfiguration) {
  const auto target = make_target(GetParam().name + ":/missing/file.json", {});
  ASSERT_FALSE(target.ok());
  EXPECT_THAT(target.error().message, HasSubstr("/missing/file.json"));
}

TEST_P(EveryTarget, BuildsItsDefaultConfigOrSaysWhyNot) {
  const auto target = make_target(GetParam().name, {}).value();
  const Workload workload = *parse_spec("conv2d:ci=16,h=4,w=4,co=16,k=3,pad=1");
  const Space space = target->space(workload).value();
  const BuildOutcome built = target->build(workload, space, target->default_config(workload, space));
  EXPECT_EQ(built.verdict == Verdict::valid, built.artifact != nullptr);
  EXPECT_EQ(built.verdict == Verdict::valid, built.message.empty());
  EXPECT_GE(target->bound_ns(workload), 0.0);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryTarget, ::testing::ValuesIn(target_kinds()),
                         [](const auto& kind) { return kind.param.name; });

TEST(Targets, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const TargetKind& kind : target_kinds()) EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
}

TEST(Targets, NameTheNearestOfAnUnknownOne) {
  for (const char* spec : {"vtaa", "VTA", "vt:file.json"}) {
    const auto target = make_target(spec, {});
    ASSERT_FALSE(target.ok()) << spec;
    EXPECT_EQ(target.error().kind, ErrorKind::not_found);
    EXPECT_THAT(target.error().message, HasSubstr("vta"));
  }
  EXPECT_FALSE(make_target("", {}).ok());
}

}  // namespace
}  // namespace tamis
