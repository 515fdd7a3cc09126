#include "network/deploy/loaded_library.h"

#include "base/file.h"
#include "base/json.h"
#include "network/deploy/library_files.h"
#include "network/deploy/support/small_library.h"
#include "support/temporary_directory.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

namespace tamis::network {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::small_library;
using testing::small_weights;

NamedArrays small_inputs() {
  std::vector<float> x(16);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) - 8;
  return {{"input.1", Array::of<float>({2, 8}, x)}, {"ids", Array::of<int64_t>({2}, {5, -7})}};
}

void expect_right(const std::vector<Array>& outputs, const NamedArrays& inputs) {
  ASSERT_EQ(outputs.size(), 2U);
  const std::span<const float> x = inputs.at("input.1").values<float>();
  for (size_t i = 0; i < 16; ++i)
    EXPECT_EQ(outputs[0].values<float>()[i], std::max(x[i] * small_weights()[i % 8], 0.0F)) << i;
  for (size_t i = 0; i < 2; ++i)
    EXPECT_EQ(outputs[1].values<int64_t>()[i], 2 * inputs.at("ids").values<int64_t>()[i]);
}

/// The small library, compiled once.
const Library& compiled_once() {
  static const Library library = small_library();
  return library;
}

class LoadedLibraryTest : public ::testing::Test {
 protected:
  void write(const Library& library) { ASSERT_TRUE(write_library(library, directory_.path()).ok()); }
  std::unique_ptr<LoadedLibrary> open(int threads = 0) {
    auto loaded = LoadedLibrary::open(directory_.path(), threads);
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    return loaded.ok() ? std::move(loaded).value() : nullptr;
  }
  Error refusal() {
    const auto loaded = LoadedLibrary::open(directory_.path());
    EXPECT_FALSE(loaded.ok());
    return loaded.ok() ? Error{} : loaded.error();
  }
  /// The description, changed.
  void change(const std::function<void(Json&)>& edit) {
    Json json = read_json(directory_.file("tiny.json")).value();
    edit(json);
    ASSERT_TRUE(write_file(directory_.file("tiny.json"), json.dump()).ok());
  }
  Error refusal_after(const std::function<void(Json&)>& edit) {
    write(compiled_once());
    change(edit);
    return refusal();
  }

  TemporaryDirectory directory_;
};

TEST_F(LoadedLibraryTest, ComputesWhatItsKernelsCompute) {
  write(compiled_once());
  const auto loaded = open();
  expect_right(loaded->run(small_inputs()).value(), small_inputs());
}

TEST_F(LoadedLibraryTest, ComputesTheSameWithAsManyThreadsAsAsked) {
  write(small_library("tiny", 2));
  for (const int threads : {0, 1, 2}) {
    const auto loaded = open(threads);
    EXPECT_EQ(loaded->threads(), threads == 0 ? 2 : threads);
    expect_right(loaded->run(small_inputs()).value(), small_inputs());
  }
}

TEST_F(LoadedLibraryTest, RunsOnSeveralThreadsAtOnceAsInstances) {
  write(compiled_once());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const auto loaded = open();
      for (int run = 0; run < 50; ++run) expect_right(loaded->run(small_inputs()).value(), small_inputs());
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(LoadedLibraryTest, DescribesItself) {
  const Library& written = compiled_once();
  write(written);
  const auto loaded = open();
  const Library& read = loaded->library();
  EXPECT_EQ(read.name, "tiny");
  EXPECT_EQ(read.model, "small.onnx");
  EXPECT_EQ(read.processor, written.processor);
  EXPECT_EQ(read.inputs[0].name, "input.1");
  EXPECT_EQ(read.inputs[1].type, ElementType::int64);
  EXPECT_EQ(read.outputs[0].shape, (Shape{2, 8}));
  EXPECT_EQ(read.kernels[0].config, "tile=8 vector=8");
  EXPECT_EQ(read.kernels[0].latency_ns, 1234);
  EXPECT_EQ(read.steps[1].name, "layer/relu");
  EXPECT_EQ(read.steps[1].workspace, 64);
  EXPECT_EQ(read.arena_bytes, written.arena_bytes);
}

TEST_F(LoadedLibraryTest, TimesRunsAndSteps) {
  write(compiled_once());
  const LibraryTimes times = open()->time(small_inputs(), 5).value();
  EXPECT_EQ(times.run_ns.size(), 5U);
  EXPECT_EQ(times.step_ns.size(), 3U);
  EXPECT_LE(times.least_ns, times.median_ns);
  EXPECT_EQ(open()->time(small_inputs(), 0).value().run_ns.size(), 1U);
}

TEST_F(LoadedLibraryTest, FillsInputsThatAreNotGiven) {
  write(compiled_once());
  const auto loaded = open();
  const NamedArrays once = loaded->fill_missing({}).value();
  const NamedArrays again = loaded->fill_missing({{"ids", Array::of<int64_t>({2}, {5, 6})}}).value();
  EXPECT_THAT(once.at("input.1").values<float>(),
              Each(::testing::AllOf(::testing::Ge(-1), ::testing::Lt(1))));
  EXPECT_TRUE(std::ranges::equal(once.at("input.1").values<float>(), again.at("input.1").values<float>()));
  EXPECT_THAT(once.at("ids").values<int64_t>(), Each(::testing::AnyOf(0, 1)));
  EXPECT_THAT(again.at("ids").values<int64_t>(), ElementsAre(5, 6));
  expect_right(loaded->run(once).value(), once);
}

TEST_F(LoadedLibraryTest, RefusesInputsThatDoNotFit) {
  write(compiled_once());
  const auto loaded = open();
  const auto refused = [&](const std::function<void(NamedArrays&)>& edit) {
    NamedArrays inputs = small_inputs();
    edit(inputs);
    const auto ran = loaded->run(inputs);
    EXPECT_FALSE(ran.ok());
    return ran.ok() ? std::string() : ran.error().message;
  };
  EXPECT_THAT(refused([](NamedArrays& inputs) { inputs.erase("ids"); }),
              HasSubstr("input \"ids\" is missing"));
  EXPECT_THAT(refused([](NamedArrays& inputs) { inputs["idz"] = Array(); }),
              HasSubstr("no input \"idz\"; did you mean \"ids\"?"));
  EXPECT_THAT(refused([](NamedArrays& inputs) {
                inputs["ids"] = Array::of<int64_t>({3}, {1, 2, 3});
              }),
              HasSubstr("input \"ids\" is int64 3 instead of int64 2"));
  EXPECT_THAT(refused([](NamedArrays& inputs) {
                inputs["ids"] = Array::of<int32_t>({2}, {1, 2});
              }),
              HasSubstr("is int32 2 instead of int64 2"));
}

TEST_F(LoadedLibraryTest, RefusesMoreThreadsThanItWasMadeFor) {
  write(small_library("tiny", 2));
  for (const int threads : {-1, 3})
    EXPECT_THAT(LoadedLibrary::open(directory_.path(), threads).error().message,
                HasSubstr("at most 2 threads, not " + std::to_string(threads)));
}

TEST_F(LoadedLibraryTest, RefusesAFolderThatHoldsNone) {
  EXPECT_THAT(refusal().message, HasSubstr("holds no compiled network"));
  EXPECT_EQ(LoadedLibrary::open(directory_.file("gone")).error().kind, ErrorKind::not_found);
  ASSERT_TRUE(write_file(directory_.file("other.json"), "{}").ok());
  EXPECT_THAT(refusal().message, HasSubstr("holds no compiled network"));
  ASSERT_TRUE(write_file(directory_.file("other.weights"), "").ok());
  EXPECT_THAT(refusal().message, HasSubstr("does not describe a compiled network"));
  EXPECT_THAT(write_library(small_library(), directory_.path()).error().message, HasSubstr("other.json"));
}

TEST_F(LoadedLibraryTest, RefusesAFolderThatHoldsTwoButNotOtherFiles) {
  write(compiled_once());
  ASSERT_TRUE(write_file(directory_.file("other.json"), "{}").ok());
  expect_right(open()->run(small_inputs()).value(), small_inputs());
  ASSERT_TRUE(write_file(directory_.file("other.weights"), "").ok());
  EXPECT_THAT(refusal().message, HasSubstr("holds 2 networks"));
}

TEST_F(LoadedLibraryTest, RefusesAnObjectThatIsGoneOrDamaged) {
  write(compiled_once());
  std::string object = read_file(directory_.file("kernels/tiny_1.o")).value();
  object[object.size() / 2] = static_cast<char>(object[object.size() / 2] ^ 1);
  ASSERT_TRUE(write_file(directory_.file("kernels/tiny_1.o"), object).ok());
  EXPECT_THAT(refusal().message, HasSubstr("tiny_1.o is damaged"));
  std::filesystem::remove(directory_.file("kernels/tiny_1.o"));
  EXPECT_EQ(refusal().kind, ErrorKind::not_found);
}

TEST_F(LoadedLibraryTest, RefusesWhatIsNoFileInsteadOfWaitingForIt) {
  for (const char* name : {"tiny.json", "tiny.weights", "kernels/tiny_1.o"}) {
    write(compiled_once());
    const std::string path = directory_.file(name);
    const std::string content = read_file(path).value();
    std::filesystem::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_THAT(refusal().message, HasSubstr(path + " is a pipe, not a file"));
    EXPECT_THAT(write_library(compiled_once(), directory_.path()).error().message, HasSubstr("is a pipe"));
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    EXPECT_THAT(refusal().message, HasSubstr(path + " is a directory, not a file"));
    std::filesystem::remove(path);
    std::filesystem::create_symlink("/dev/zero", path);
    EXPECT_THAT(refusal().message, HasSubstr(path + " is a device, not a file"));
    std::filesystem::remove(path);
    ASSERT_TRUE(write_file(path, content).ok());
  }
}

TEST_F(LoadedLibraryTest, RefusesWeightsThatAreGoneOrDamaged) {
  write(compiled_once());
  const std::string path = directory_.file("tiny.weights");
  const std::string weights = read_file(path).value();
  std::string damaged = weights;
  damaged.back() = 'x';
  ASSERT_TRUE(write_file(path, damaged).ok());
  EXPECT_THAT(refusal().message, HasSubstr("tiny.weights is damaged"));
  ASSERT_TRUE(write_file(path, "").ok());
  EXPECT_THAT(refusal().message, HasSubstr("has 0 bytes instead of 96"));
  ASSERT_TRUE(write_file(path, weights.substr(0, 70)).ok());
  EXPECT_THAT(refusal().message, HasSubstr("has 70 bytes instead of 96"));
  damaged = weights;
  damaged[0] = 'T';
  ASSERT_TRUE(write_file(path, damaged).ok());
  EXPECT_THAT(refusal().message, HasSubstr("is no file of weights"));
  damaged = weights;
  damaged[24] = static_cast<char>(damaged[24] ^ 1);
  ASSERT_TRUE(write_file(path, damaged).ok());
  EXPECT_THAT(refusal().message, HasSubstr("of another library"));
  std::filesystem::remove(path);
  EXPECT_THAT(refusal().message, HasSubstr("no NAME.json with a NAME.weights"));
}

TEST_F(LoadedLibraryTest, RefusesAnotherProcessor) {
  const auto elsewhere = [](const char* name) {
    return [name](Json& json) {
      json["processor"] = name;
      json["features"] = "";
    };
  };
  const bool arm = cpu::host_machine().value().triple.starts_with("aarch64");
  const Error refused = refusal_after(elsewhere(arm ? "haswell" : "cortex-a72"));
  EXPECT_EQ(refused.kind, ErrorKind::unsupported);
  EXPECT_THAT(refused.message, HasSubstr("lacks instructions of it"));
  EXPECT_THAT(refusal_after(elsewhere("haswel")).message, HasSubstr("did you mean \"haswell\"?"));
}

TEST_F(LoadedLibraryTest, RefusesANewerFormat) {
  EXPECT_EQ(refusal_after([](Json& json) { json["version"] = 3; }).kind, ErrorKind::unsupported);
}

TEST_F(LoadedLibraryTest, RefusesADescriptionThatCannotBe) {
  const std::vector<std::pair<std::function<void(Json&)>, std::string>> lies = {
      {[](Json& json) { json["arena_bytes"] = 32; }, "do not lie inside the arena"},
      {[](Json& json) { json["steps"][0]["arguments"][2]["offset"] = 1 << 20; },
       "do not lie inside the arena"},
      {[](Json& json) { json["steps"][0]["arguments"][2]["offset"] = 32; },
       "32 of the arena is no multiple of 64"},
      {[](Json& json) { json["steps"][0]["arguments"][2]["offset"] = INT64_MAX - 63; }, "do not lie inside"},
      {[](Json& json) { json["steps"][0]["arguments"][2]["offset"] = -64; }, "offset"},
      {[](Json& json) { json["steps"][0]["arguments"][1]["offset"] = 0; }, "do not lie inside the weights"},
      {[](Json& json) { json["steps"][0]["arguments"][2]["memory"] = "weights"; },
       "do not lie inside the weights"},
      {[](Json& json) { json["steps"][1]["workspace"] = 1 << 20; }, "its workspace"},
      {[](Json& json) {
         json["steps"][2]["arguments"][1] = {{"memory", "input"}, {"port", 1}, {"offset", 0}};
       },
       "the input cannot be written"},
      {[](Json& json) { json["steps"][2]["arguments"][0]["port"] = 2; }, "there is no input 2"},
      {[](Json& json) { json["steps"][2]["arguments"][0]["offset"] = 8; }, "do not lie inside the input"},
      {[](Json& json) { json["steps"][2]["arguments"].erase(1); },
       "has 1 argument, and its kernel tiny_twice takes 2"},
      {[](Json& json) { json["steps"][2]["kernel"] = 3; }, "there is no kernel 3"},
      {[](Json& json) {
         json["inputs"][0]["shape"] = {2, 4};
       },
       "do not lie inside the input"},
      {[](Json& json) {
         json["inputs"][0]["shape"] = {1 << 30, 1 << 30};
       },
       "cannot have the shape"},
      {[](Json& json) { json["inputs"][0]["type"] = "float12"; }, "float12"},
      {[](Json& json) { json["inputs"][1]["name"] = "input.1"; }, "is there twice"},
      {[](Json& json) {
         json["kernels"][0]["arguments"][0]["extents"] = {1 << 30, 1 << 30};
       },
       "extents"},
      {[](Json& json) { json["kernels"][0]["arguments"][0]["type"] = "float64"; }, "float64"},
      {[](Json& json) { json["kernels"][0]["object"] = 9; }, "there is no object 9"},
      {[](Json& json) { json["kernels"][0]["function"] = "tiny_run"; }, "is taken already"},
      {[](Json& json) { json["kernels"][0]["function"] = "system"; }, "begins with tiny_"},
      {[](Json& json) { json["kernels"][0]["function"] = "tiny_gone"; }, "tiny_gone"},
      {[](Json& json) { json["objects"][0]["file"] = "kernels/../../x.o"; }, "none in kernels/"},
      {[](Json& json) { json["objects"][0]["hash"] = "12"; }, "hash"},
      {[](Json& json) { json["objects"][0]["bytes"] = 1; }, "damaged"},
      {[](Json& json) { json["weights"]["bytes"] = 128; }, "has 96 bytes instead of 128"},
      {[](Json& json) { json["weights"]["hash"] = "0123456789abcdef"; }, "of another library"},
      {[](Json& json) { json["name"] = "../tiny"; }, "is no name in C"},
      {[](Json& json) { json["threads"] = 100000; }, "is no number of threads"},
      {[](Json& json) { json.erase("steps"); }, "steps"}};
  for (const auto& [lie, said] : lies) EXPECT_THAT(refusal_after(lie).message, HasSubstr(said));
}

/// Every number and text of a description, by its path.
std::vector<Json::json_pointer> leaves_of(const Json& json) {
  std::vector<Json::json_pointer> leaves;
  const Json flat = json.flatten();
  for (const auto& [path, value] : flat.items()) leaves.emplace_back(path);
  return leaves;
}

RC_GTEST_FIXTURE_PROP(LoadedLibraryTest, RunsOrRefusesWhateverNumbersItsDescriptionHas, ()) {
  write(compiled_once());
  const Json json = read_json(directory_.file("tiny.json")).value();
  const Json::json_pointer leaf = *rc::gen::elementOf(leaves_of(json));
  // Not those that would only take all memory.
  const int64_t value =
      *rc::gen::oneOf(rc::gen::element(INT64_MAX, INT64_MIN, INT64_MAX - 63, int64_t{1} << 41),
                      rc::gen::inRange<int64_t>(-2, 200));
  // What a kernel takes is what nobody can check: it is in the code.
  const std::string path = leaf.to_string();
  RC_PRE(path.find("/kernels/") == std::string::npos && path.find("workspace") == std::string::npos);
  change([&](Json& changed) { changed[leaf] = value; });
  const auto loaded = LoadedLibrary::open(directory_.path());
  if (!loaded.ok()) {
    RC_ASSERT(!loaded.error().message.empty());
    return;
  }
  const auto inputs = (*loaded)->fill_missing({});
  RC_ASSERT(inputs.ok());
  RC_ASSERT((*loaded)->run(*inputs).ok());
}

}  // namespace
}  // namespace tamis::network
