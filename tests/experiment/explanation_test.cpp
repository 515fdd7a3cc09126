#include "experiment/explanation.h"

#include "base/json.h"

#include <gmock/gmock.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

Explanation explanation() {
  Rule rule;
  rule.conditions = {"tile_h * tile_w > 64", "threads == 2"};
  rule.opposites = {"tile_h * tile_w <= 64", "threads != 2"};
  rule.with_verdict = 340;
  rule.further = 300;
  rule.others = 1;
  rule.valid = 1;
  rule.precision_bound = 0.98;
  RuleSet rules;
  rules.rules = {rule};
  rules.trials = 900;
  rules.learnt = {352, 340, 341, 200, 1};
  rules.held_out = RuleScore{352, 330, 340, 200, 2};
  return {"resnet18.C2",
          "vta",
          "vta simulator",
          {{Verdict::resource_exceeded, rules}, {std::nullopt, RuleSet{}}}};
}

TEST(Explanation, IsDrawn) {
  const std::string text = draw({explanation()});
  EXPECT_THAT(text, HasSubstr("resnet18.C2 on vta\n"));
  EXPECT_THAT(text, HasSubstr("resource_exceeded: 352 of 900 trials"));
  EXPECT_THAT(text, HasSubstr("resource_exceeded when tile_h * tile_w > 64 and threads == 2"));
  EXPECT_THAT(
      text,
      HasSubstr("covers 340 of 352, 300 of them new; precision 99.7 % (at least 98.0 %), 1 valid lost"));
  EXPECT_THAT(text, HasSubstr("held out of learning such rules cover 93.8 % with precision 97.1 %"));
  EXPECT_THAT(text, HasSubstr("no rule is precise enough"));
  EXPECT_THAT(draw({{"w", "", "", {}}}), HasSubstr("every trial is valid"));
}

TEST(Explanation, IsDrawnAsConstraints) {
  EXPECT_EQ(draw_constraints({explanation()}),
            "# resnet18.C2 resource_exceeded\n# loses 1 valid of 341 trials:\ntile_h * tile_w <= 64 or "
            "threads != 2\n"
            "# resnet18.C2 invalid\n");
}

TEST(Explanation, IsJson) {
  const Json json = to_json(std::vector<Explanation>{explanation()});
  EXPECT_EQ(json.at(0).at("target_identity"), "vta simulator");
  const Json& verdict = json.at(0).at("verdicts").at(0);
  EXPECT_EQ(verdict.at("verdict"), "resource_exceeded");
  EXPECT_EQ(verdict.at("rules").at(0).at("constraint"), "tile_h * tile_w <= 64 or threads != 2");
  EXPECT_EQ(verdict.at("held_out").at("found"), 330);
  EXPECT_TRUE(json.at(0).at("verdicts").at(1).at("held_out").is_null());
}

}  // namespace
}  // namespace tamis
