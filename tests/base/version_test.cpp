#include "tamis/version.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(Version, IsTheOneThatCMakeNames) { EXPECT_STREQ(kVersion, TAMIS_PROJECT_VERSION); }

}  // namespace
}  // namespace tamis
