// A file is one text, however long it is and whether it is packed.

#include "base/file_text.h"

#include "base/file.h"
#include "support/temporary_directory.h"

#include <cstdio>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// Short ones are read, long ones mapped; packed ones are unpacked into memory or a file.
TEST(FileText, IsTheSameHoweverLongAndPacked) {
  const TemporaryDirectory directory;
  std::string longer;
  while (longer.size() < (size_t{33} << 20))
    longer += "a line of a table, number " + std::to_string(longer.size()) + "\n";
  for (const std::string& content : {std::string(), std::string("short\n"), longer})
    for (const char* name : {"plain", "packed.gz"}) {
      ASSERT_TRUE(write_file(directory.file(name), content).ok());
      FileText first = FileText::open(directory.file(name)).value();
      const FileText text = std::move(first);
      EXPECT_TRUE(text.view() == content) << name << " of " << content.size();
    }
}

TEST(FileText, RefusesWhatIsNotThereOrDamaged) {
  const TemporaryDirectory directory;
  EXPECT_EQ(FileText::open(directory.file("missing")).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(FileText::open(directory.path()).ok());
  ASSERT_TRUE(write_file(directory.file("a.gz"), std::string(10000, 'x')).ok());
  const std::string packed = [&] {
    std::string bytes;
    std::FILE* file = std::fopen(directory.file("a.gz").c_str(), "rb");
    for (int c = 0; (c = std::fgetc(file)) != EOF;) bytes += static_cast<char>(c);
    std::fclose(file);
    return bytes;
  }();
  ASSERT_TRUE(write_file(directory.file("cut"), packed.substr(0, packed.size() / 2)).ok());
  EXPECT_EQ(FileText::open(directory.file("cut")).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace tamis
