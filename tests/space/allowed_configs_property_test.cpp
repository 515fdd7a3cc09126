// Enumerations of small random spaces against asking every config of the product.

#include "space/allowed_configs.h"
#include "tamis/expression.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

std::vector<Knob> any_knobs() {
  std::vector<Knob> knobs;
  const int count = *rc::gen::inRange(1, 6);
  for (int i = 0; i < count; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    const int size = *rc::gen::inRange(1, 8);
    Knob knob{name, KnobKind::number, {}};
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        knob = split_knob(name, *rc::gen::element(6, 8, 12), *rc::gen::inRange(2, 4));
        break;
      case 1:
        for (int j = 0; j < size; ++j) knob.values.emplace_back(0.5 * ((j * 5) % 7) - 1);
        break;
      case 2:
        for (int j = 0; j < size; ++j) knob.values.emplace_back(int64_t{(j * 3) % 8 - 3});
        break;
      default:
        for (int j = 0; j < size; ++j) knob.values.emplace_back(int64_t{j + 1});
    }
    knobs.push_back(std::move(knob));
  }
  return knobs;
}

/// A random formula of numbers.
std::string any_number(const std::vector<Knob>& knobs, int depth) {
  const int kind = depth == 0 ? *rc::gen::inRange(0, 2) : *rc::gen::inRange(0, 13);
  const auto part = [&] { return any_number(knobs, depth - 1); };
  switch (kind) {
    case 0:
      return std::to_string(*rc::gen::inRange(-2, 13));
    case 2:
    case 3:
      return "(" + part() + " + " + part() + ")";
    case 4:
      return "(" + part() + " - " + part() + ")";
    case 5:
    case 6:
      return part() + " * " + part();
    case 7:
      return "(" + part() + *rc::gen::element<std::string>(" / ", " // ") + "(" + part() + "))";
    case 8:
      return "(" + part() + " % (" + part() + "))";
    case 9:
      return *rc::gen::element<std::string>("min(", "max(") + part() + ", " + part() + ")";
    case 10:
      return *rc::gen::element<std::string>("abs(", "-(", "!(") + part() + ")";
    default:
      return knobs[*rc::gen::inRange<size_t>(0, knobs.size())].name;
  }
}

std::string any_boolean(const std::vector<Knob>& knobs, int depth) {
  const int kind = depth == 0 ? 0 : *rc::gen::inRange(0, 8);
  const auto comparison = [] {
    return *rc::gen::element<std::string>(" < ", " <= ", " == ", " != ", " > ", " >= ");
  };
  switch (kind) {
    case 0:
    case 1:
      return any_number(knobs, 2) + comparison() + any_number(knobs, 2);
    case 2:
      return any_number(knobs, 1) + comparison() + any_number(knobs, 2) + comparison() + any_number(knobs, 1);
    case 3:
      return any_number(knobs, 2) + " % (" + any_number(knobs, 2) + ") == 0";
    case 4:
      return any_number(knobs, 1) + *rc::gen::element<std::string>(" in ", " not in ") + "(" +
             any_number(knobs, 1) + ", " + any_number(knobs, 0) + ")";
    case 5:
      return "not (" + any_boolean(knobs, depth - 1) + ")";
    default:
      return "(" + any_boolean(knobs, depth - 1) + *rc::gen::element<std::string>(" and ", " or ") +
             any_boolean(knobs, depth - 1) + ")";
  }
}

Space any_space() {
  std::vector<Knob> knobs = any_knobs();
  std::vector<Constraint> constraints;
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) {
    auto constraint = parse_constraint(any_boolean(knobs, 2), knobs);
    RC_ASSERT(constraint.ok());
    // Some as functions into which nobody can look.
    if (*rc::gen::inRange(0, 6) == 0) {
      const auto holds = constraint->holds;
      constraint->holds = [holds](const Space& space, const Config& config) { return holds(space, config); };
      if (*rc::gen::arbitrary<bool>()) constraint->knobs.clear();
    }
    constraints.push_back(std::move(*constraint));
  }
  return Space::create(std::move(knobs), std::move(constraints)).value();
}

void print(const Space& space) {
  for (const Knob& knob : space.knobs()) {
    std::string values;
    for (const KnobValue& value : knob.values) values += " " + to_string(value);
    RC_LOG() << knob.name << ":" << values << std::endl;
  }
  for (const Constraint& constraint : space.constraints()) RC_LOG() << constraint.text << std::endl;
}

TEST(AllowedConfigsProperty, AreThoseThatEveryConstraintAllows) {
  EXPECT_TRUE(rc::check([] {
    const Space plain = any_space();
    print(plain);
    const auto space = plain.enumerated();
    RC_ASSERT(space.ok());
    std::vector<ConfigKey> expected;
    for (uint64_t index = 0; index < plain.size(); ++index) {
      const Config config = plain.config(index);
      const bool allowed = plain.allows(config);
      if (allowed) expected.push_back(index);
      RC_ASSERT(space->allows(config) == allowed);
    }
    RC_ASSERT(space->enumeration()->count() == expected.size());
    RC_ASSERT(*space->allowed_keys(plain.size()) == expected);
  }));
}

TEST(AllowedConfigsProperty, DrawsNeighboursAndNearestAreAllowed) {
  EXPECT_TRUE(rc::check([] {
    const Space space = any_space().enumerated().value();
    print(space);
    const AllowedConfigs& allowed = *space.enumeration();
    RC_PRE(allowed.count() > 0);
    Random random(*rc::gen::arbitrary<uint64_t>());
    const Config drawn = *allowed.sample(random);
    RC_ASSERT(allowed.contains(drawn));
    RC_ASSERT(allowed.config(*allowed.rank(drawn)) == drawn);
    const Config neighbour = allowed.neighbour(drawn, random);
    RC_ASSERT(allowed.contains(neighbour));
    RC_ASSERT((neighbour == drawn) == (allowed.count() == 1));
    const Config any = space.config(*rc::gen::inRange<uint64_t>(0, space.size()));
    RC_ASSERT(allowed.contains(*allowed.nearest(any)));
  }));
}

TEST(AllowedConfigsProperty, SharesOfValuesAreThoseOfTheConfigs) {
  EXPECT_TRUE(rc::check([] {
    const Space space = any_space().enumerated().value();
    print(space);
    const AllowedConfigs& allowed = *space.enumeration();
    std::vector<std::vector<double>> counts;
    for (const Knob& knob : space.knobs()) counts.emplace_back(knob.values.size(), 0);
    for (uint64_t rank = 0; rank < allowed.count(); ++rank) {
      const Config config = allowed.config(rank);
      for (size_t i = 0; i < counts.size(); ++i) counts[i][config.choices[i]] += 1;
    }
    const std::vector<std::vector<double>> shares = allowed.value_shares();
    RC_ASSERT(shares.empty() == (allowed.count() == 0));
    for (size_t i = 0; i < shares.size(); ++i) {
      for (size_t value = 0; value < counts[i].size(); ++value) {
        const double expected = counts[i][value] / static_cast<double>(allowed.count());
        RC_ASSERT(std::abs(shares[i][value] - expected) < 1e-12);
        RC_ASSERT((shares[i][value] == 0) == (counts[i][value] == 0));
      }
    }
  }));
}

}  // namespace
}  // namespace tamis
