#include "search/tamis/related_knowledge.h"

#include "search/tamis/tamis_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using namespace search_test;
using ::testing::IsEmpty;

Guess guess_all(const Space& space, const std::vector<TrialSet>& related, uint64_t seed = 1) {
  RelatedKnowledge knowledge(space, &related, seed);
  return knowledge.guess(all_indexes(space)).value();
}

TEST(RelatedKnowledge, GuessesValidityInASpaceOfOtherValues) {
  const Space space = tile_space();
  const Guess guess = guess_all(space, {related_trials_of("smaller", smaller_tile_space(), named_memory)});
  ASSERT_EQ(guess.validity.size(), space.size());
  size_t right = 0;
  for (uint64_t index = 0; index < space.size(); ++index)
    right += (guess.validity[index] > 0.5F) == (throughput_of(space, index, named_memory) > 0) ? 1 : 0;
  EXPECT_GT(right, space.size() * 95 / 100);
}

TEST(RelatedKnowledge, GuessesThroughputInUnitsOfTheBest) {
  const Space space = tile_space();
  const Guess guess = guess_all(space, {related_trials_of("smaller", smaller_tile_space(), named_memory)});
  ASSERT_EQ(guess.throughput.size(), space.size());
  std::vector<float> truth, guessed;
  for (uint64_t index = 0; index < space.size(); ++index) {
    const double throughput = throughput_of(space, index, named_memory);
    EXPECT_LE(guess.throughput[index], 1);
    if (throughput == 0) continue;
    truth.push_back(static_cast<float>(throughput));
    guessed.push_back(guess.throughput[index]);
  }
  EXPECT_GT(correlation(truth, guessed), 0.8);
}

TEST(RelatedKnowledge, LearnsFromNames) {
  const Space before = Space::create({name_knob("order", {"hw", "wh", "c"})}).value();
  const Space after = Space::create({name_knob("order", {"c", "wh"})}).value();
  const Landscape only_wh = [](const Space& space, const Config& config) {
    return to_string(space.value(config, 0)) == "wh" ? std::optional(1.0) : std::nullopt;
  };
  const Guess guess = guess_all(after, {related_trials_of("before", before, only_wh)});
  EXPECT_LT(guess.validity[0], 0.4F);
  EXPECT_GT(guess.validity[1], 0.6F);
}

TEST(RelatedKnowledge, SuggestsNothingWithoutKnobsInCommon) {
  const Space other = Space::create({number_knob("unrelated", {1, 2, 4})}).value();
  const Guess guess = guess_all(tile_space(), {related_trials_of("other", other, always_valid)});
  EXPECT_THAT(guess.validity, IsEmpty());
  EXPECT_THAT(guess.throughput, IsEmpty());
}

TEST(RelatedKnowledge, PassesOverWhatHasNoKnobsInCommon) {
  const Space space = tile_space();
  const Space other = Space::create({number_knob("unrelated", {1, 2, 4})}).value();
  const TrialSet related = related_trials_of("smaller", smaller_tile_space(), named_memory);
  const Guess alone = guess_all(space, {related});
  const Guess both = guess_all(space, {related_trials_of("other", other, always_valid), related});
  EXPECT_EQ(alone.validity, both.validity);
}

TEST(RelatedKnowledge, SuggestsNothingWithoutHistory) {
  const Space space = tile_space();
  EXPECT_THAT(guess_all(space, {}).validity, IsEmpty());
  EXPECT_THAT(guess_all(space, {named_trials("empty", smaller_tile_space(), {})}).validity, IsEmpty());
  RelatedKnowledge knowledge(space, nullptr, 1);
  EXPECT_THAT(knowledge.guess(all_indexes(space)).value().validity, IsEmpty());
}

TEST(RelatedKnowledge, SuggestsNoThroughputWhereHardlyAnythingWasTimed) {
  const Space space = tile_space();
  TrialSet related = related_trials_of("smaller", smaller_tile_space(), named_memory);
  size_t valid = 0;
  std::erase_if(related.trials,
                [&](const Trial& trial) { return trial.verdict == Verdict::valid && ++valid > 3; });
  const Guess guess = guess_all(space, {related});
  EXPECT_EQ(guess.validity.size(), space.size());
  EXPECT_THAT(guess.throughput, IsEmpty());
}

TEST(RelatedKnowledge, PassesOverTrialsOfConfigsThatTheirSpaceDoesNotHave) {
  const Space space = tile_space();
  TrialSet related = related_trials_of("smaller", smaller_tile_space(), named_memory);
  const Guess sound = guess_all(space, {related});
  Trial foreign;
  foreign.config.choices = {99, 99};
  related.trials.push_back(foreign);
  EXPECT_EQ(guess_all(space, {related}).validity, sound.validity);
}

TEST(RelatedKnowledge, IsTheSameForTheSameSeed) {
  const Space space = tile_space();
  const std::vector<TrialSet> related = {related_trials_of("smaller", smaller_tile_space(), named_memory)};
  EXPECT_EQ(guess_all(space, related, 3).validity, guess_all(space, related, 3).validity);
}

TEST(RelatedKnowledge, GuessesNothingAboutNoConfig) {
  const Space space = tile_space();
  const std::vector<TrialSet> related = {related_trials_of("smaller", smaller_tile_space(), named_memory)};
  RelatedKnowledge knowledge(space, &related, 1);
  EXPECT_THAT(knowledge.guess({}).value().validity, IsEmpty());
}

}  // namespace
}  // namespace tamis
