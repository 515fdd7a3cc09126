// The comparison with Kernel Tuner that the documentation publishes is the one of the recorded figures: every
// strategy that was measured on a table is listed there, and the best of them is the one that tamis is set
// beside. TAMIS_UPDATE_GOLDEN=1 writes the tables of the page anew.

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

const std::string kPage = TAMIS_TEST_DATA "/../../docs/explanation/comparison.md";
const std::string kReadme = TAMIS_TEST_DATA "/../../README.md";
constexpr size_t kPublishedGoals = 3;

/// Trials to a goal: `131/265`, `176/never(6)`.
struct Needed {
  double median = 0, most = 0;
  int failed = 0;
  std::string text;

  friend bool operator<(const Needed& a, const Needed& b) {
    return std::tie(a.median, a.most, a.failed) < std::tie(b.median, b.most, b.failed);
  }
};

double trials_of(const std::string& text) {
  return text == "never" ? std::numeric_limits<double>::infinity() : parse_number(text).value();
}

Needed needed_of(const std::string& cell) {
  const size_t slash = cell.find('/'), bracket = cell.find('(');
  Needed needed;
  needed.median = trials_of(cell.substr(0, slash));
  needed.most =
      trials_of(cell.substr(slash + 1, bracket == std::string::npos ? bracket : bracket - slash - 1));
  needed.text = cell.substr(0, bracket);
  if (bracket != std::string::npos) {
    needed.failed = std::stoi(cell.substr(bracket + 1));
    needed.text += " " + cell.substr(bracket);
  }
  return needed;
}

/// What a strategy needed on a table, to 5 %, 1 % and 0 % of its best.
struct Measured {
  int seeds = 0;
  std::array<Needed, kPublishedGoals> needed;
};

/// By table and strategy; of several rows the one of more seeds.
using Figures = std::map<std::string, std::map<std::string, Measured>>;

Figures figures_of(const std::string& name) {
  Figures figures;
  std::vector<std::string> lines = split_text(read_file(TAMIS_TEST_DATA "/peers/" + name).value(), '\n');
  EXPECT_EQ(lines.front(), "table,strategy,version,seeds,evaluations,to_5,to_1,to_best");
  for (size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::vector<std::string> cells = split_text(lines[i], ',');
    Measured measured;
    measured.seeds = std::stoi(cells.at(3));
    for (size_t goal = 0; goal < kPublishedGoals; ++goal)
      measured.needed.at(goal) = needed_of(cells.at(5 + goal));
    Measured& kept = figures[cells.at(0)][cells.at(1)];
    if (measured.seeds > kept.seeds) kept = measured;
  }
  return figures;
}

/// `mls`* for `mls*`.
std::string marked(const std::string& strategy) {
  if (!strategy.ends_with('*')) return "`" + strategy + "`";
  return "`" + strategy.substr(0, strategy.size() - 1) + "`*";
}

/// The peer that needed least, chosen afterwards.
struct Best {
  std::string strategy;
  Needed needed;
};

Best best_of(const std::map<std::string, Measured>& peers, size_t goal) {
  Best best;
  for (const auto& [strategy, measured] : peers)
    if (best.strategy.empty() || measured.needed.at(goal) < best.needed)
      best = {strategy, measured.needed.at(goal)};
  return best;
}

struct Means {
  double peers = 1, tamis = 1;
  void add(double of_peer, double of_tamis, size_t tables) {
    peers *= std::pow(of_peer, 1.0 / static_cast<double>(tables));
    tamis *= std::pow(of_tamis, 1.0 / static_cast<double>(tables));
  }
};

std::array<Means, kPublishedGoals> means(const Figures& peers, const Figures& ours) {
  std::array<Means, kPublishedGoals> all;
  for (const auto& [table, strategies] : peers)
    for (size_t goal = 0; goal < kPublishedGoals; ++goal)
      all.at(goal).add(best_of(strategies, goal).needed.median,
                       ours.at(table).at("tamis").needed.at(goal).median, peers.size());
  return all;
}

/// tamis beside the best peer of each table and goal.
std::string best_peers(const Figures& peers, const Figures& ours) {
  std::string text =
      "| table | best to 5 % | `tamis` | ratio | best to 1 % | `tamis` | ratio | first to the best | `tamis` "
      "| ratio |\n"
      "|---|---|---|---|---|---|---|---|---|---|\n";
  for (const auto& [table, strategies] : peers) {
    text += "| " + table;
    for (size_t goal = 0; goal < kPublishedGoals; ++goal) {
      const Best best = best_of(strategies, goal);
      const Needed& tamis = ours.at(table).at("tamis").needed.at(goal);
      text += fmt::format(" | {} {} | {} | {:.2f}", marked(best.strategy), best.needed.text, tamis.text,
                          tamis.median / best.needed.median);
    }
    text += " |\n";
  }
  text += "| geometric mean";
  for (const Means& mean : means(peers, ours))
    text += fmt::format(" | {:.1f} | {:.1f} | {:.2f}", mean.peers, mean.tamis, mean.tamis / mean.peers);
  return text + " |\n";
}

/// Every peer on every table, to 1 %: a strategy that was not run there has a dash.
std::string all_peers(const Figures& peers) {
  std::set<std::string> strategies;
  for (const auto& [table, measured] : peers)
    for (const auto& [strategy, needed] : measured) strategies.insert(strategy);
  std::string text = "| strategy";
  for (const auto& [table, measured] : peers) text += " | " + table;
  text += " |\n|---";
  for (size_t i = 0; i < peers.size(); ++i) text += "|---";
  text += "|\n";
  for (const std::string& strategy : strategies) {
    text += "| " + marked(strategy);
    for (const auto& [table, measured] : peers) {
      const auto found = measured.find(strategy);
      text += " | " + (found == measured.end() ? "-" : found->second.needed[1].text);
    }
    text += " |\n";
  }
  return text;
}

/// Where a part of the page that is made of the figures lies.
struct Part {
  size_t begin = 0, end = 0;
};

Part part_of(const std::string& page, const std::string& name) {
  const std::string begin = "<!-- " + name + ": begin -->\n", end = "<!-- " + name + ": end -->";
  const size_t first = page.find(begin), last = page.find(end);
  EXPECT_NE(first, std::string::npos) << begin;
  EXPECT_NE(last, std::string::npos) << end;
  return {first + begin.size(), last};
}

void expect_part(const std::string& name, const std::string& made) {
  const std::string page = read_file(kPage).value();
  const Part part = part_of(page, name);
  if (std::getenv("TAMIS_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file(kPage, page.substr(0, part.begin) + made + page.substr(part.end)).ok());
    return;
  }
  EXPECT_EQ(page.substr(part.begin, part.end - part.begin), made)
      << "run again with TAMIS_UPDATE_GOLDEN=1 to write the table";
}

TEST(PublishedComparison, ListsEveryPeerOfEveryTable) {
  expect_part("every peer", all_peers(figures_of("kernel_tuner.csv")));
}

TEST(PublishedComparison, IsWithTheBestPeerOfEveryTable) {
  expect_part("best peers", best_peers(figures_of("kernel_tuner.csv"), figures_of("tamis.csv")));
}

/// The strategies that were once missing, on tables where they are the best or near it.
TEST(PublishedComparison, LeavesNoneOut) {
  const Figures peers = figures_of("kernel_tuner.csv");
  EXPECT_EQ(peers.size(), 8U);
  for (const auto& [table, strategies] : peers) {
    EXPECT_EQ(strategies.count("hybrid_vndx"), 1U) << table;
    EXPECT_EQ(strategies.count("bayes_opt"), table == "convolution15.RTX_2080_Ti" ? 0U : 1U) << table;
    EXPECT_GE(strategies.size(), 11U) << table;
  }
  EXPECT_EQ(best_of(peers.at("gemm.RTX_2080_Ti"), 1).strategy, "hybrid_vndx");
  EXPECT_EQ(best_of(peers.at("gemm.RTX_2080_Ti"), 1).needed.median, 84);
}

TEST(PublishedComparison, IsWhatTheReadmeSays) {
  const Means mean = means(figures_of("kernel_tuner.csv"), figures_of("tamis.csv"))[1];
  EXPECT_THAT(read_file(kReadme).value(),
              HasSubstr(fmt::format("*on each table* | {:.1f} | {:.1f} |", mean.peers, mean.tamis)));
}

}  // namespace
}  // namespace tamis
