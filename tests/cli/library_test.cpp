// A compiled network, as `tamis run` runs it.

#include "base/json.h"
#include "cli/command.h"

#include <cstring>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;

/// A file of NumPy: its header of version 1 and the values.
template <class T>
std::string npy(const std::string& descr, const std::string& shape, const std::vector<T>& values) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.append(117 - header.size(), ' ').append("\n");
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return std::string("\x93NUMPY\x01\x00v\x00", 10) + header + bytes;
}

/// The network of two inputs (input.1, float32 2x8; ids, int64 2) and two outputs (y, ids*2) in a folder.
class LibraryTest : public CommandTest {
 protected:
  void SetUp() override {
    Invocation writing;
    writing.program = TAMIS_BUILD_BIN "/write_small_library";
    writing.arguments = {library(), "2"};
    ASSERT_EQ(run(writing).code, 0);
    write(x(), npy<float>("<f4", "(2, 8)", std::vector<float>(16, 2)));
    write(ids(), npy<int64_t>("<i8", "(2,)", {3, -4}));
  }
  std::string library() const { return directory_.file("tiny"); }
  std::string x() const { return directory_.file("x.npy"); }
  std::string ids() const { return directory_.file("ids.npy"); }
  std::vector<std::string> given(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"run", library(), "--input", "input.1=" + x(), "--input", "ids=" + ids()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(LibraryTest, RunsAndWritesItsOutputs) {
  const std::string y = directory_.file("y.npy");
  const Finished ran = tamis(given({"--output", "ids*2=" + y}));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("ids*2   int64"));
  int64_t twice[2];
  const std::string bytes = read(y);
  ASSERT_EQ(bytes.size(), 128 + sizeof twice);
  std::memcpy(twice, bytes.data() + 128, sizeof twice);
  EXPECT_EQ(twice[0], 6);
  EXPECT_EQ(twice[1], -8);
}

TEST_F(LibraryTest, IsTimedAsAWholeAndByLayer) {
  const Finished ran = tamis(given({"--repeat", "5", "--threads", "1", "--by-layer", "--json"}));
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Json json = parse_json(ran.out, "run").value();
  EXPECT_EQ(json["computed_by"], "library");
  EXPECT_EQ(json["repeat"], 5);
  EXPECT_EQ(json["threads"], 1);
  EXPECT_LE(json["min_ms"].get<double>(), json["median_ms"].get<double>());
  ASSERT_EQ(json["layers"].size(), 3U);
  EXPECT_EQ(json["layers"][0]["name"], "layer/scale");
  EXPECT_EQ(json["layers"][0]["kernel"], "Mul");
  EXPECT_TRUE(json["layers"][0].contains("median_ms") && json["layers"][0].contains("share"));
  EXPECT_EQ(json["filled"], Json::array());
  EXPECT_EQ(ran.err, "");
}

TEST_F(LibraryTest, IsTimedWithNumbersForInputsThatAreNotGiven) {
  const Finished ran = tamis({"run", library(), "--by-layer", "--input", "ids=" + ids()});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("filled with numbers that are the same in every run: input.1\n"));
  EXPECT_THAT(ran.out, HasSubstr("ms median of 10 runs on 2 threads"));
  EXPECT_THAT(ran.out, HasSubstr("layer/relu"));
}

TEST_F(LibraryTest, RefusesWhatDoesNotFit) {
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& said) {
    const Finished ran = tamis(arguments);
    EXPECT_EQ(ran.code, 2) << said;
    EXPECT_THAT(ran.err, HasSubstr(said));
  };
  refused({"run", library()}, "input \"input.1\" is missing");
  refused({"run", library(), "--input", "input.1=" + ids(), "--input", "ids=" + ids()},
          "input \"input.1\" is int64 2 instead of float32 2x8");
  refused({"run", library(), "--input", "x=" + x()}, "no input \"x\"");
  refused(given({"--threads", "3"}), "at most 2 threads, not 3");
  refused(given({"--threads", "0"}), "--threads");
  refused(given({"--repeat", "0"}), "--repeat");
  refused(given({"--shape", "ids=3"}), "shapes are fixed");
  refused({"run", directory_.path()}, "holds no compiled network");
  refused({"run", TAMIS_TEST_DATA "/../../examples/networks/small.onnx", "--repeat", "3"},
          "are for compiled networks");
}

TEST_F(LibraryTest, RefusesAFolderThatIsDamaged) {
  const std::string weights = library() + "/tiny.weights";
  std::string bytes = read(weights);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write(weights, bytes);
  const Finished ran = tamis(given());
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("tiny.weights is damaged"));
}

}  // namespace
}  // namespace tamis::cli::testing
