// The layers of a network by time, as the log names them or as a suite does.

#include "experiment/report/networks.h"

#include "tamis/suite.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

LayerSource layer(int64_t session, const std::string& spec, std::optional<double> value_ns,
                  std::optional<double> default_ns) {
  LayerSource source;
  source.session = session;
  source.position = static_cast<size_t>(session) + 10;
  source.workload = parse_spec(spec).value();
  source.target_spec = "cpu";
  source.target_identity = "cpu a";
  source.value_ns = value_ns;
  source.default_ns = default_ns;
  return source;
}

std::vector<std::string> names_of(const Json& network) {
  std::vector<std::string> names;
  for (const Json& one : network.at("layers")) names.push_back(one.at("name"));
  return names;
}

TEST(NetworksOfAReport, SumUpTheirLayers) {
  NetworkSource log{"a.tamis"};
  log.sessions = {layer(1, "dense:ci=16,co=16", 10, 40), layer(2, "dense:ci=32,co=16", 100, 100)};
  log.sessions[0].bound_ns = 7;
  log.networks = {{1, "net", 2, 0, {{0, 2, 1}, {1, 1, 3}}}};
  const Part part = networks_of(std::vector{log});
  ASSERT_THAT(part.data, SizeIs(1));
  const Json& network = part.data.at(0);
  EXPECT_EQ(network.at("name"), "net");
  EXPECT_EQ(network.at("total_ns"), 130.0);
  EXPECT_EQ(network.at("default_total_ns"), 220.0);
  EXPECT_FALSE(network.contains("note"));
  EXPECT_EQ(network.at("layers").at(1), (Json{{"name", log.sessions[0].workload.name},
                                              {"operator", "dense"},
                                              {"times", 3},
                                              {"value_ns", 10.0},
                                              {"default_ns", 40.0},
                                              {"bound_ns", 7.0},
                                              {"device", "cpu"},
                                              {"session", 11}}));
  EXPECT_TRUE(network.at("layers").at(0).at("bound_ns").is_null());
}

TEST(NetworksOfAReport, SayWhatIsMissing) {
  NetworkSource log{"a.tamis"};
  log.sessions = {layer(1, "dense:ci=16,co=16", 10, 40),
                  layer(2, "dense:ci=32,co=16", std::nullopt, std::nullopt)};
  log.networks = {{1, "net", 3, 0, {{0, 1, 1}, {1, 2, 1}, {2, 99, 1}}}};
  const Part part = networks_of(std::vector{log});
  const Json& network = part.data.at(0);
  EXPECT_FALSE(network.contains("total_ns"));
  EXPECT_THAT(network.at("note").get<std::string>(), HasSubstr("2 of its 3 tasks have a session here"));
  EXPECT_TRUE(network.at("layers").at(1).at("value_ns").is_null());
  log.sessions.clear();
  EXPECT_TRUE(networks_of(std::vector{log}).data.is_null());
}

TEST(NetworksOfAReport, LetFasterPairsStandForTheirParts) {
  NetworkSource log{"a.tamis"};
  log.sessions = {layer(1, "dense:ci=16,co=16", 10, 40), layer(2, "dense:ci=32,co=16", 20, 30),
                  layer(3, "dense:ci=48,co=16", 25, 30), layer(4, "dense:ci=64,co=16", 35, 30),
                  layer(5, "dense:ci=80,co=16", 1, 1)};
  // A pair of the first two that is faster, one of the last two that is not.
  log.networks = {{1,
                   "net",
                   3,
                   0,
                   {{0, 1, 2},
                    {1, 2, 2},
                    {2, 5, 1},
                    {3, 3, 1, std::array<uint64_t, 2>{0, 1}},
                    {4, 4, 1, std::array<uint64_t, 2>{1, 2}}}}};
  const Json network = networks_of(std::vector{log}).data.at(0);
  EXPECT_EQ(network.at("total_ns"), 10.0 + 20 + 25 + 1);
  // Of the layers that run, as the table of `tamis tune` has it.
  EXPECT_EQ(network.at("default_total_ns"), 40.0 + 30 + 30 + 1);
  EXPECT_THAT(names_of(network), ElementsAre(log.sessions[0].workload.name, log.sessions[2].workload.name,
                                             log.sessions[1].workload.name, log.sessions[4].workload.name));
  EXPECT_THAT(network.at("note").get<std::string>(), HasSubstr("faster together"));
}

/// Sessions of a suite, numbered from 1.
std::vector<LayerSource> sessions_of_suite(const Suite& suite, size_t count) {
  std::vector<LayerSource> sessions;
  for (size_t i = 0; i < count; ++i) {
    LayerSource source;
    source.session = static_cast<int64_t>(i) + 1;
    source.workload = suite.workloads[i];
    source.target_spec = "vta";
    source.value_ns = 10;
    sessions.push_back(source);
  }
  return sessions;
}

TEST(NetworksOfAReport, AreSuitesWhereTheLogNamesNone) {
  const Suite suite = find_suite("resnet18").value();
  NetworkSource log{"a.tamis"};
  log.sessions = sessions_of_suite(suite, suite.workloads.size());
  // A second session of a layer that is better, and what belongs to no suite.
  log.sessions.push_back(log.sessions[1]);
  log.sessions.back().value_ns = 4;
  log.sessions.back().position = 77;
  log.sessions.push_back(layer(50, "dense:ci=16,co=16", 10, 40));
  const Json network = networks_of(std::vector{log}).data.at(0);
  EXPECT_EQ(network.at("name"), "resnet18");
  ASSERT_THAT(network.at("layers"), SizeIs(suite.workloads.size()));
  double total = 0;
  for (size_t i = 0; i < suite.counts.size(); ++i)
    total += (i == 1 ? 4.0 : 10.0) * static_cast<double>(suite.counts[i]);
  EXPECT_EQ(network.at("total_ns"), total);
  EXPECT_EQ(network.at("layers").at(1).at("session"), 77);
  EXPECT_THAT(network.at("note").get<std::string>(), HasSubstr("what the suite resnet18 says"));
}

TEST(NetworksOfAReport, AreNoSuiteOfOneLayerNorOfOthersWithTheName) {
  const Suite suite = find_suite("resnet18").value();
  NetworkSource log{"a.tamis"};
  log.sessions = sessions_of_suite(suite, 1);
  EXPECT_TRUE(networks_of(std::vector{log}).data.is_null());
  log.sessions = sessions_of_suite(suite, 2);
  log.sessions[1].workload.shape.h = 3;
  EXPECT_TRUE(networks_of(std::vector{log}).data.is_null());
  log.sessions = sessions_of_suite(suite, 2);
  log.sessions[1].target_identity = "another";
  EXPECT_TRUE(networks_of(std::vector{log}).data.is_null());
  log.sessions = sessions_of_suite(suite, 2);
  EXPECT_THAT(networks_of(std::vector{log}).data.at(0).at("note").get<std::string>(), HasSubstr("2 of its"));
}

TEST(NetworksOfAReport, AreToldApart) {
  NetworkSource log{"a.tamis"};
  log.sessions = {layer(1, "dense:ci=16,co=16", 10, 40), layer(2, "dense:ci=16,co=16", 10, 40)};
  for (int64_t i = 1; i <= 20; ++i) log.networks.push_back({i, "net", 1, i, {{0, 1 + i % 2, 1}}});
  const Part part = networks_of(std::vector{log});
  ASSERT_THAT(part.data, SizeIs(16));
  EXPECT_EQ(part.data.at(0).at("name"), "net, 5 in a.tamis");
  EXPECT_EQ(part.how, "Of 20 networks the last 16 are shown.");
}

}  // namespace
}  // namespace tamis::report
