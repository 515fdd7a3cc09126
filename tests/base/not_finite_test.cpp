#include "base/not_finite.h"

#include "base/json.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(ParseAnyNumber, TakesWhatProgramsPrint) {
  EXPECT_EQ(parse_any_number("-1.5e3"), -1500.0);
  for (const char* text : {"inf", "Infinity", "INF", "1e999", "12.5e400"})
    EXPECT_EQ(parse_any_number(text), kInfinity) << text;
  for (const char* text : {"-inf", "-1e999"}) EXPECT_EQ(parse_any_number(text), -kInfinity) << text;
  for (const char* text : {"1e-999", "-1e-999"}) EXPECT_EQ(parse_any_number(text), 0.0) << text;
  EXPECT_EQ(parse_any_number(std::string(400, '9')), kInfinity);
  EXPECT_EQ(parse_any_number("0." + std::string(400, '0') + "1"), 0.0);
  for (const char* text : {"nan", "NaN", "-nan"})
    EXPECT_TRUE(std::isnan(parse_any_number(text).value())) << text;
  for (const char* text : {"", " ", "1 ", "infinite", "1e999x", "five", "0x10"})
    EXPECT_EQ(parse_any_number(text), std::nullopt) << text;
}

TEST(ParsePythonJson, TakesNumbersThatAreNone) {
  const Json json =
      parse_python_json(R"({"a": [NaN, -Infinity], "b": Infinity, "c": -inf, "d": nan, "e": 1})", "x")
          .value();
  EXPECT_TRUE(std::isnan(json.at("a").at(0).get<double>()));
  EXPECT_EQ(json.at("a").at(1).get<double>(), -kInfinity);
  EXPECT_EQ(json.at("b").get<double>(), kInfinity);
  EXPECT_EQ(json.at("c").get<double>(), -kInfinity);
  EXPECT_TRUE(std::isnan(json.at("d").get<double>()));
  EXPECT_EQ(json.at("e"), 1);
  EXPECT_EQ(parse_python_json("Infinity", "x").value().get<double>(), kInfinity);
}

TEST(ParsePythonJson, LeavesTextsAlone) {
  const Json json = parse_python_json(R"({"NaN": "a NaN, \"Infinity", "b": [NaN]})", "x").value();
  EXPECT_EQ(json.at("NaN"), "a NaN, \"Infinity");
}

TEST(ParsePythonJson, RefusesOtherWordsAsParseJsonDoes) {
  for (const char* text : {"{\"a\": NaNs}", "{\"a\": infinity}", "{\"a\": +inf}", "{\"a\": --inf}",
                           "{NaN: 1}", "{\"a\": NaN,, }", "nothing", ""})
    EXPECT_EQ(parse_python_json(text, "x").error().message, parse_json(text, "x").error().message) << text;
}

TEST(QuoteNotFinite, MakesJsonOfIt) {
  EXPECT_EQ(quote_not_finite(R"({"NaN": NaN, "b": [-Infinity,1e3]})"),
            R"({"NaN": "NaN", "b": ["-Infinity",1e3]})");
}

}  // namespace
}  // namespace tamis
