#include "base/file.h"
#include "network/kernels/operator_program.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace tamis::network {
namespace {

TEST(KernelOperators, AreThoseThatThePageNames) {
  const std::string page = read_file(TAMIS_TEST_DATA "/../../docs/reference/onnx.md").value();
  const std::string begin = "<!-- generators -->\n";
  const size_t first = page.find(begin);
  ASSERT_NE(first, std::string::npos);
  std::string named =
      page.substr(first + begin.size(), page.find("\n<!-- end of generators -->") - first - begin.size());
  std::replace(named.begin(), named.end(), '\n', ' ');
  std::string known;
  for (const std::string_view type : kernel_operators())
    if (!known.ends_with(" " + std::string(type))) known += (known.empty() ? "" : ", ") + std::string(type);
  EXPECT_EQ(named, known + ".");
}

}  // namespace
}  // namespace tamis::network
