#include "task/constrained_target.h"

#include "targets/targets.h"
#include "workload/suite.h"

#include <gmock/gmock.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

const Workload& workload() {
  static const Workload c2 = resolve_workloads("resnet18.C2").value().front();
  return c2;
}

std::unique_ptr<Target> vta(const std::vector<std::string>& constraints) {
  return constrain(*make_target("vta", {}), constraints);
}

TEST(ConstrainedTarget, AddsConstraintsToTheSpace) {
  const Space space = *vta({"tile_h * tile_w <= 64", "oc_nthread == 1"})->space(workload());
  ASSERT_EQ(space.constraints().size(), 2U);
  EXPECT_EQ(space.constraints()[0].text, "tile_h * tile_w <= 64");
  EXPECT_TRUE(space.allows(*space.parse(std::vector<std::string>{"tile_h=8", "tile_w=8"})));
  EXPECT_FALSE(space.allows(*space.parse(std::vector<std::string>{"tile_h=56", "tile_w=8"})));
  EXPECT_NE(space.fingerprint(), vta({})->space(workload()).value().fingerprint());
}

TEST(ConstrainedTarget, KeepsIndexesAndBuilds) {
  const auto plain = vta({});
  const auto constrained = vta({"tile_h == 1"});
  const Space space = *constrained->space(workload());
  const Config config = *space.parse(std::vector<std::string>{"tile_h=8"});
  EXPECT_EQ(space.index(config), plain->space(workload()).value().index(config));
  EXPECT_EQ(constrained->build(workload(), space, config).verdict,
            plain->build(workload(), space, config).verdict);
  EXPECT_EQ(constrained->spec(), plain->spec());
  EXPECT_EQ(constrained->bound_ns(workload()), plain->bound_ns(workload()));
}

TEST(ConstrainedTarget, SaysWhatIsWrongWithAConstraint) {
  const Result<Space> space = vta({"tile_hh > 1"})->space(workload());
  ASSERT_FALSE(space.ok());
  EXPECT_THAT(space.error().message, HasSubstr("a constraint on resnet18.C2"));
  EXPECT_THAT(space.error().message, HasSubstr("did you mean \"tile_h\""));
}

}  // namespace
}  // namespace tamis
