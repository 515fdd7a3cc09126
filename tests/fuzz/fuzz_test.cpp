// The parsers on mutated seeds, where there is no libFuzzer. TAMIS_FUZZ_INPUTS sets the number of inputs of
// each.

#include "base/text.h"
#include "fuzz/entries.h"
#include "tamis/random.h"

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::fuzz {

/// Else GoogleTest would show its bytes, which differ from run to run, in the names of tests.
static std::ostream& operator<<(std::ostream& out, const Entry& entry) { return out << entry.name; }

namespace {

/// A piece of one of the seeds.
std::string piece(const std::vector<std::string>& seeds, Random& random) {
  const std::string& seed = seeds[random.below(seeds.size())];
  const size_t begin = random.below(seed.size() + 1);
  return seed.substr(begin, random.below(24));
}

void mutate(std::string& text, const std::vector<std::string>& seeds, Random& random) {
  constexpr std::string_view kTelling = "0123456789-+*/%<>=()[]{},.:;'\"\\ \n\t&|~eEx#\x00\x7f\xff";
  const size_t place = random.below(text.size() + 1);
  switch (random.below(6)) {
    case 0:
      text.insert(place, 1, kTelling[random.below(kTelling.size())]);
      break;
    case 1:
      if (place < text.size()) text[place] = kTelling[random.below(kTelling.size())];
      break;
    case 2:
      if (place < text.size()) text[place] = static_cast<char>(random.below(256));
      break;
    case 3:
      text.erase(place, random.below(24));
      break;
    case 4:
      text.insert(place, piece(seeds, random));
      break;
    default:
      text.insert(place, text.substr(random.below(text.size() + 1), random.below(40)));
  }
}

class Parser : public ::testing::TestWithParam<Entry> {};

INSTANTIATE_TEST_SUITE_P(All, Parser, ::testing::ValuesIn(entries().begin(), entries().end()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(Parser, TakesItsSeeds) {
  EXPECT_FALSE(GetParam().seeds().empty());
  for (const std::string& seed : GetParam().seeds()) {
    EXPECT_FALSE(seed.empty());
    GetParam().run(seed);
  }
}

TEST_P(Parser, SurvivesMutatedSeeds) {
  const std::vector<std::string> seeds = GetParam().seeds();
  const char* wanted = std::getenv("TAMIS_FUZZ_INPUTS");
  const int64_t inputs = parse_integer(wanted == nullptr ? "" : wanted).value_or(500);
  Random random = Random::stream(1, GetParam().name);
  for (int64_t i = 0; i < inputs; ++i) {
    std::string text = seeds[random.below(seeds.size())];
    for (uint64_t left = 1 + random.below(8); left > 0; --left) mutate(text, seeds, random);
    GetParam().run(text);
  }
}

}  // namespace
}  // namespace tamis::fuzz
