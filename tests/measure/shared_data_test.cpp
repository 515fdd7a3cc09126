#include "measure/shared_data.h"

#include "measure/fault_target.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tamis {
namespace {

using testing::HasSubstr;

Workload float_workload() {
  Workload workload = small_workload();
  workload.type = DataType::float32;
  return workload;
}

void expect_equal(const WorkloadData& a, const WorkloadData& b) {
  EXPECT_EQ(a.input, b.input);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.bias, b.bias);
  EXPECT_EQ(a.output, b.output);
  EXPECT_EQ(a.tolerance, b.tolerance);
}

TEST(SharedData, ComeBackAsTheyWere) {
  for (const Workload& workload : {small_workload(), float_workload()}) {
    const WorkloadData data = make_data(workload, 7);
    const FileDescriptor file = write_shared_data(workload, 7, data).value();
    // As often as workers are started.
    for (int i = 0; i < 2; ++i) expect_equal(read_shared_data(file.get(), workload, 7).value(), data);
  }
}

TEST(SharedData, AreComputedOnceWhenFirstAskedFor) {
  const Workload workload = small_workload();
  SharedData shared(fault_task(workload), 7);
  const int descriptor = shared.descriptor();
  ASSERT_GE(descriptor, 0);
  EXPECT_EQ(shared.descriptor(), descriptor);
  expect_equal(read_shared_data(descriptor, workload, 7).value(), make_data(workload, 7));
}

TEST(SharedData, CannotBeChangedByWhoInheritsThem) {
  const Workload workload = small_workload();
  const FileDescriptor file = write_shared_data(workload, 7, make_data(workload, 7)).value();
  EXPECT_EQ(::pwrite(file.get(), "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(file.get(), 3), -1);
  EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0), MAP_FAILED);
}

TEST(SharedData, AreNotTakenForThoseOfAnotherWorkloadOrSeed) {
  const Workload workload = small_workload();
  const FileDescriptor file = write_shared_data(workload, 7, make_data(workload, 7)).value();
  EXPECT_THAT(read_shared_data(file.get(), workload, 8).error().message,
              HasSubstr("another workload or seed"));
  EXPECT_EQ(read_shared_data(file.get(), float_workload(), 7).error().kind, ErrorKind::corrupt);
}

TEST(SharedData, SurviveDamage) {
  const Workload workload = small_workload();
  const FileDescriptor file = write_shared_data(workload, 7, make_data(workload, 7)).value();
  std::string whole(4096, '\0');
  whole.resize(static_cast<size_t>(::pread(file.get(), whole.data(), whole.size(), 0)));
  const auto read_back = [&](const std::string& bytes) {
    const FileDescriptor copy(::memfd_create("copy", MFD_CLOEXEC));
    EXPECT_EQ(::write(copy.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    return read_shared_data(copy.get(), workload, 7);
  };
  EXPECT_TRUE(read_back(whole).ok());
  for (size_t length = 0; length < whole.size(); length += 7)
    EXPECT_EQ(read_back(whole.substr(0, length)).error().kind, ErrorKind::corrupt) << length;
  // Any header with the right key gives data or an error, however large the sizes it claims.
  for (size_t at = 8; at < 80; ++at) {
    std::string damaged = whole;
    damaged[at] = '\x7f';
    (void)read_back(damaged);
  }
  EXPECT_EQ(read_shared_data(-1, workload, 7).error().kind, ErrorKind::io);
}

}  // namespace
}  // namespace tamis
