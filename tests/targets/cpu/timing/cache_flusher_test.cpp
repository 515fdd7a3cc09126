#include "targets/cpu/timing/cache_flusher.h"

#include "support/temporary_directory.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

TEST(CacheFlusher, KnowsTheLargestCacheOfAKernelsFolder) {
  const TemporaryDirectory folder;
  EXPECT_EQ(last_level_cache_bytes(folder.path()), size_t{32} << 20);
  int index = 0;
  for (const char* size : {"32K\n", "8192K\n", "1024K\n", "", "unknown"}) {
    const std::string cache = folder.path() + "/index" + std::to_string(index++);
    std::filesystem::create_directory(cache);
    std::ofstream(cache + "/size") << size;
  }
  EXPECT_EQ(last_level_cache_bytes(folder.path()), size_t{8} << 20);
}

TEST(CacheFlusher, WritesThroughMoreThanTheLargestCache) {
  EXPECT_GE(last_level_cache_bytes(), size_t{64} << 10);
  for (const int threads : {1, 3}) {
    CacheFlusher flusher(threads);
    EXPECT_EQ(flusher.bytes(), 2 * last_level_cache_bytes());
    flusher.flush();
  }
}

}  // namespace
}  // namespace tamis::cpu
