#include "experiment/page.h"

#include "base/file.h"
#include "support/temporary_directory.h"

#include <gmock/gmock.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

Section section() {
  Section made;
  made.name = "counts";
  made.title = "What came of it";
  made.paragraphs = {"Few were valid."};
  made.shown = {{"table", "valid"}, {{"a|b", "8 %"}}};
  made.data = {{"table", "valid"}, {{"a,b", "0.08"}}};
  BarPanel panel;
  panel.names = {"valid"};
  panel.rows = {{"a", {1}, ""}};
  Section::Named& figure = made.figures.emplace_back();
  figure.name = "bars";
  figure.caption = "By table.";
  figure.figure.panels.emplace_back(std::move(panel));
  return made;
}

TEST(Page, LinksItsFiles) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_section_files(directory.path(), section()).ok());
  ASSERT_TRUE(write_page(directory.path(), "Study", {"Of one table."}, {section()}).ok());
  const std::string page = *read_file(directory.path() + "/index.md");
  EXPECT_THAT(page, HasSubstr("# Study\n\nOf one table.\n\n## What came of it\n\nFew were valid.\n"));
  EXPECT_THAT(page, HasSubstr("| a\\|b | 8 % |"));
  EXPECT_THAT(page, HasSubstr("![By table.](counts-bars.png)"));
  for (const char* file : {"counts.csv", "counts-bars.png", "counts-bars.svg"}) {
    EXPECT_THAT(page, HasSubstr(file));
    EXPECT_TRUE(read_file(directory.path() + "/" + file).ok()) << file;
  }
  EXPECT_EQ(*read_file(directory.path() + "/counts.csv"), "table,valid\n\"a,b\",0.08\n");
}

TEST(Page, SaysWhereItCannotBeWritten) {
  const Status written = write_page("/proc/nowhere", "Study", {}, {});
  ASSERT_FALSE(written.ok());
  EXPECT_THAT(written.error().message, HasSubstr("/proc/nowhere"));
}

}  // namespace
}  // namespace tamis
