#include "base/json.h"
#include "experiment/report/page.h"

#include <string>

#include <gtest/gtest.h>

namespace tamis::report {
namespace {

TEST(ReportPage, HasAPlaceForADocumentOnce) {
  for (const std::string_view page : {report_page(), watch_page()}) {
    const size_t place = page.find("%TAMIS_DATA%");
    ASSERT_NE(place, std::string_view::npos);
    EXPECT_EQ(page.find("%TAMIS_DATA%", place + 1), std::string_view::npos);
    EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  }
}

TEST(ReportPage, HasNothingInItsPlaceThatCouldBeMarkup) {
  const std::string hostile =
      "</script><img src=x onerror=\"1\"> & ]]> <!-- \xE2\x80\xA8\xE2\x80\xA9 $& \\1 ë€";
  const std::string document = Json{{"name", hostile}}.dump();
  const std::string filled = fill_page("before %TAMIS_DATA% after", document);
  EXPECT_EQ(filled.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(filled.find('\xA8'), std::string::npos);
  ASSERT_TRUE(filled.starts_with("before ") && filled.ends_with(" after"));
  const std::string inner = filled.substr(7, filled.size() - 13);
  EXPECT_EQ(Json::parse(inner).at("name"), hostile);  // and it is the same document
}

TEST(ReportPage, FillsOnlyTheFirstPlace) {
  EXPECT_EQ(fill_page("a %TAMIS_DATA% b", R"("%TAMIS_DATA%")"), R"(a "%TAMIS_DATA%" b)");
}

}  // namespace
}  // namespace tamis::report
