// The emitted files as a user meets them: compiled by a C compiler, run, and compared with the library in
// this process. TAMIS_UPDATE_GOLDEN=1 writes the golden files anew: read the difference.

#include "network/deploy/library_files.h"

#include "base/file.h"
#include "base/json.h"
#include "network/deploy/loaded_library.h"
#include "network/deploy/support/small_library.h"
#include "support/temporary_directory.h"
#include "tamis/version.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

namespace tamis::network {
namespace {

using testing::flowing_library;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::small_library;

/// The exit code of a shell command; what it prints goes to the test's output.
int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string content(const std::vector<EmittedFile>& files, const std::string& name) {
  for (const EmittedFile& file : files)
    if (file.name == name) return file.content;
  return "there is no " + name;
}

Error refusal(const Library& library) {
  const auto files = library_files(library);
  EXPECT_FALSE(files.ok());
  return files.ok() ? Error{} : files.error();
}

class LibraryFiles : public ::testing::Test {
 protected:
  void write(const Library& library, const std::string& folder = "lib") {
    const Status written = write_library(library, directory_.file(folder));
    ASSERT_TRUE(written.ok()) << written.error().message;
  }
  std::string text(const std::string& name) const { return read_file(directory_.file(name)).value(); }
  /// Builds the program of the library, strictly.
  void compile() {
    ASSERT_EQ(
        shell("cd " + directory_.file("lib") + " && " + TAMIS_C_COMPILER +
              " -std=c99 -O2 -Wall -Wextra -Wpedantic -Werror tiny.c tiny_main.c kernels/tiny_*.o -lgomp -o "
              "../program"),
        0);
  }
  /// Runs it with further arguments.
  int run(const std::string& arguments) {
    return shell("cd " + directory_.path() + " && ./program " + arguments + " > out.txt 2> err.txt");
  }
  /// What the library in this process computes from the inputs that the program fills in.
  std::vector<Array> expected() {
    const auto loaded = LoadedLibrary::open(directory_.file("lib")).value();
    return loaded->run(loaded->fill_missing({}).value()).value();
  }
  void expect_bytes(const std::string& file, const Array& array) {
    const std::string bytes = text(file);
    ASSERT_EQ(bytes.size(), array.bytes().size());
    EXPECT_EQ(std::memcmp(bytes.data(), array.bytes().data(), bytes.size()), 0) << file;
  }

  TemporaryDirectory directory_;
};

TEST_F(LibraryFiles, AreAProgramThatComputesWhatTheLoadedLibraryComputes) {
  write(small_library());
  compile();
  ASSERT_EQ(run("lib/tiny.weights --output y.bin --output ids.bin --repeat 3"), 0);
  const std::vector<Array> outputs = expected();
  expect_bytes("y.bin", outputs[0]);
  expect_bytes("ids.bin", outputs[1]);
  for (const char* said : {"ms least", "ms median of 3 runs on 1 thread\n", "layer/scale", "layer/relu"})
    EXPECT_THAT(text("out.txt"), HasSubstr(said));
}

TEST_F(LibraryFiles, ComputeTheSameWithAnyNumberOfThreads) {
  write(small_library("tiny", 2));
  compile();
  for (const char* threads : {"1", "2"}) {
    ASSERT_EQ(run(std::string("lib/tiny.weights --output y.bin --repeat 3 --threads ") + threads), 0);
    expect_bytes("y.bin", expected()[0]);
    EXPECT_THAT(text("out.txt"), HasSubstr(std::string("runs on ") + threads));
  }
}

TEST_F(LibraryFiles, ComputeTheSameFromAMappedFile) {
  write(small_library());
  compile();
  ASSERT_EQ(run("lib/tiny.weights --mapped --output y.bin --repeat 3"), 0);
  expect_bytes("y.bin", expected()[0]);
  EXPECT_EQ(run("gone.weights --mapped"), 2);
}

TEST_F(LibraryFiles, LeaveNothingOfALargerLibraryOfTheirName) {
  write(small_library());
  ASSERT_TRUE(write_file(directory_.file("lib/kernels/tiny_3.o"), "old").ok());
  ASSERT_TRUE(write_file(directory_.file("lib/kernels/tiny_4.o"), "old").ok());
  write(small_library());
  EXPECT_FALSE(read_file(directory_.file("lib/kernels/tiny_3.o")).ok());
  EXPECT_FALSE(read_file(directory_.file("lib/kernels/tiny_4.o")).ok());
  compile();
}

TEST_F(LibraryFiles, DoNotReplaceFilesOfOthers) {
  for (const std::string name : {"CMakeLists.txt", "tiny.json", "tiny.weights", "tiny_main.c"}) {
    const std::string folder = directory_.file("project of " + name);
    std::filesystem::create_directories(folder);
    ASSERT_TRUE(write_file(folder + "/" + name, "mine").ok());
    const Status written = write_library(small_library(), folder);
    ASSERT_FALSE(written.ok()) << name;
    EXPECT_THAT(written.error().message, HasSubstr(name + " is there already"));
    EXPECT_EQ(text("project of " + name + "/" + name), "mine");
  }
}

TEST_F(LibraryFiles, ReadInputsFromFiles) {
  write(small_library());
  compile();
  const std::vector<float> x(16, 3);
  ASSERT_TRUE(write_file(directory_.file("x.bin"),
                         std::string(reinterpret_cast<const char*>(x.data()), x.size() * sizeof(float)))
                  .ok());
  ASSERT_EQ(run("lib/tiny.weights --input x.bin --output y.bin"), 0);
  float first[2];
  std::memcpy(first, text("y.bin").data(), sizeof first);
  EXPECT_EQ(first[0], 3);
  EXPECT_EQ(first[1], 0);
}

TEST_F(LibraryFiles, SayWhatIsWrongWithTheArguments) {
  write(small_library());
  write(small_library("other"), "other");
  compile();
  ASSERT_TRUE(write_file(directory_.file("short.bin"), "short").ok());
  const std::string weights = text("lib/tiny.weights");
  ASSERT_TRUE(write_file(directory_.file("empty.weights"), "").ok());
  ASSERT_TRUE(write_file(directory_.file("cut.weights"), weights.substr(0, 80)).ok());
  std::string changed = weights;
  changed[24] = static_cast<char>(changed[24] ^ 1);
  ASSERT_TRUE(write_file(directory_.file("changed.weights"), changed).ok());
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "usage: tiny_main WEIGHTS"},
      {"gone.weights", "cannot be opened"},
      {"short.bin", "no file of weights of tamis"},
      {"empty.weights", "no file of weights of tamis"},
      {"cut.weights", "cut off"},
      {"changed.weights", "not those that this network was compiled with"},
      {"lib/tiny.weights --threads 2", "from 1 to 1, not 2"},
      {"lib/tiny.weights --repeat 0", "from 1 to 1000000, not 0"},
      {"lib/tiny.weights --repeat x", "not x"},
      {"lib/tiny.weights --repeat", "--repeat: its value is missing"},
      {"lib/tiny.weights --speed 1", "there is no such flag"},
      {"lib/tiny.weights more", "one file of weights is enough"},
      {"lib/tiny.weights --input short.bin", "the input input.1 has 64 bytes, the file fewer"},
      {"lib/tiny.weights --input gone.bin", "gone.bin: No such file"},
      {"lib/tiny.weights --output a --output b --output c", "there are fewer outputs"}};
  for (const auto& [arguments, said] : wrong) {
    EXPECT_EQ(run(arguments), 2) << arguments;
    EXPECT_THAT(text("err.txt"), HasSubstr(said)) << arguments;
  }
}

constexpr const char* kConsumerLists = R"cmake(cmake_minimum_required(VERSION 3.13)
project(consumer LANGUAGES C CXX)
find_package(tiny REQUIRED)
find_package(tiny REQUIRED)
find_package(other REQUIRED)
add_executable(consumer consumer.cpp)
target_link_libraries(consumer PRIVATE tiny::tiny other::other)
target_compile_definitions(consumer PRIVATE TINY="${tiny_WEIGHTS}" OTHER="${other_WEIGHTS}")
)cmake";

constexpr const char* kConsumer = R"cpp(#include "other.h"
#include "tiny.h"
                                        int main() {
                                          const float x[16] = {1, 1, 2};
                                          const int64_t ids[2] = {3, 4};
                                          float y[16], z[16];
                                          int64_t twice[2] = {0, 0}, again[2] = {0, 0};
                                          uint64_t ns[tiny_STEPS];
                                          tiny_model *one = nullptr, *two = nullptr;
                                          other_model* other = nullptr;
                                          if (tiny_create(OTHER, 1, &one) == tiny_OK) return 3;
                                          if (tiny_create(TINY, 1, &one) != tiny_OK || tiny_create(TINY, 1, &two) != tiny_OK) return 4;
                                          if (other_create(OTHER, other_THREADS, &other) != other_OK) return 5;
                                          tiny_run(one, x, ids, y, twice);
                                          tiny_run_timed(two, x, ids, y, twice, ns);
                                          other_run(other, x, ids, z, again);
                                          tiny_destroy(one);
                                          tiny_destroy(two);
                                          other_destroy(other);
                                          return y[2] == 6 && z[2] == 6 && twice[1] == 8 && again[0] == 6 &&
                                                         tiny_step_name(tiny_STEPS) == nullptr &&
                                                         sizeof x == tiny_input_1_BYTES
                                                     ? 0
                                                     : 1;
                                        }
)cpp";

TEST_F(LibraryFiles, AreACMakePackageThatAProgramFindsTwiceAndBesideAnother) {
  write(small_library());
  Library other = small_library("other", 2);
  // The same weights would have the same hash.
  other.weights.resize(other.weights.size() + 64);
  write_weights_header(other.weights);
  write(other, "other");
  ASSERT_TRUE(write_file(directory_.file("CMakeLists.txt"), kConsumerLists).ok());
  ASSERT_TRUE(write_file(directory_.file("consumer.cpp"), kConsumer).ok());
  const std::string in = "cd " + directory_.path() + " && ";
  ASSERT_EQ(shell(in + TAMIS_CMAKE + " -S . -B build -DCMAKE_PREFIX_PATH=" + directory_.file("lib") +
                  " -Dother_DIR=" + directory_.file("other") + " > cmake.txt 2>&1"),
            0)
      << text("cmake.txt");
  ASSERT_EQ(shell(in + TAMIS_CMAKE + " --build build > build.txt 2>&1"), 0) << text("build.txt");
  EXPECT_EQ(shell(in + "build/consumer"), 0);
}

TEST_F(LibraryFiles, AreAProjectOfTheirOwn) {
  write(small_library());
  const std::string in = "cd " + directory_.path() + " && ";
  ASSERT_EQ(shell(in + TAMIS_CMAKE + " -S lib -B build > cmake.txt 2>&1 && " + TAMIS_CMAKE +
                  " --build build > build.txt 2>&1"),
            0);
  EXPECT_EQ(shell(in + "build/tiny_main lib/tiny.weights > out.txt"), 0);
}

TEST_F(LibraryFiles, CompileWhateverTheModelCallsThings) {
  Library library = small_library();
  library.model = "*/ ?\?/\\\n.onnx";
  library.inputs[0].name = "ns";
  library.inputs[1].name = "1";
  library.outputs[0].name = "NS";
  library.outputs[1].name = "MAP_FAILED";
  library.steps[0].name = "*/ \"quoted\" ?\?/ \\ %s \xe2\x80\xae \xff\n";
  library.steps[1].name = std::string(10'000, '?');
  library.kernels[0].config = std::string("/") + "* // \\";
  write(library);
  compile();
  ASSERT_EQ(run("lib/tiny.weights --output y.bin"), 0);
  expect_bytes("y.bin", expected()[0]);
  EXPECT_THAT(text("out.txt"), HasSubstr("*/ \"quoted\" ?\?/ \\ %s"));
}

TEST_F(LibraryFiles, CompileWithPortsOfEveryTypeThatNoStepTouches) {
  Library library = small_library();
  for (const ElementType type :
       {ElementType::float64, ElementType::float16, ElementType::bfloat16, ElementType::int8,
        ElementType::uint8, ElementType::int16, ElementType::uint16, ElementType::int32, ElementType::uint32,
        ElementType::uint64, ElementType::boolean}) {
    library.inputs.push_back({"in " + std::string(to_string(type)), type, {3}});
    library.outputs.push_back({"out " + std::string(to_string(type)), type, {}});
  }
  write(library);
  compile();
  EXPECT_EQ(run("lib/tiny.weights"), 0);
}

TEST_F(LibraryFiles, CompileWithoutASingleStepOrPort) {
  Library library = small_library();
  library.steps.clear();
  library.kernels.clear();
  library.inputs.clear();
  library.outputs.clear();
  library.arena_bytes = 0;
  write(library);
  ASSERT_EQ(shell("cd " + directory_.file("lib") + " && " + TAMIS_C_COMPILER +
                  " -std=c99 -O2 -Wall -Wextra -Wpedantic -Werror tiny.c tiny_main.c -o ../program"),
            0);
  EXPECT_EQ(run("lib/tiny.weights"), 0);
  const std::string in = "cd " + directory_.path() + " && ";
  EXPECT_EQ(shell(in + TAMIS_CMAKE + " -S lib -B build > cmake.txt 2>&1 && " + TAMIS_CMAKE +
                  " --build build > build.txt 2>&1"),
            0);
}

TEST_F(LibraryFiles, CompileWithPortsOfNoElements) {
  Library library = small_library();
  library.inputs.push_back({"nothing", ElementType::float32, {0, 3}});
  library.outputs.push_back({"none", ElementType::float32, {0, 3}});
  write(library);
  compile();
  ASSERT_EQ(run("lib/tiny.weights --output y.bin"), 0);
  expect_bytes("y.bin", expected()[0]);
}

TEST_F(LibraryFiles, GiveAValueTwiceWhereTheModelDoes) {
  Library library = small_library();
  library.outputs[1].name = library.outputs[0].name;
  write(library);
  compile();
  ASSERT_EQ(run("lib/tiny.weights --output y.bin --output again.bin"), 0);
  expect_bytes("again.bin", expected()[1]);
  library.inputs[1].name = library.inputs[0].name;
  EXPECT_THAT(refusal(library).message, HasSubstr("the input \"input.1\" is there twice"));
}

TEST_F(LibraryFiles, BranchAndGoRoundAsTheLoadedLibraryDoes) {
  Library library = flowing_library();
  library.inputs[2].name = "round0";
  library.outputs[2].name = "most0";
  write(library);
  compile();
  ASSERT_EQ(run("lib/tiny.weights --repeat 2 --output y.bin --output ids.bin --output last.bin"), 0);
  EXPECT_THAT(text("out.txt"), HasSubstr("choice"));
  // The condition that the program fills in is 0 or 1; both are tried with files.
  std::vector<int64_t> ids = {1, 2, 3, 4, 5, 6};
  const std::vector<float> x(16, -1);
  const int64_t n = 5;
  const auto put = [&](const char* name, const void* from, size_t bytes) {
    ASSERT_TRUE(write_file(directory_.file(name), std::string(static_cast<const char*>(from), bytes)).ok());
  };
  put("x.bin", x.data(), 64);
  put("ids_in.bin", ids.data(), 48);
  put("n.bin", &n, 8);
  const auto loaded = LoadedLibrary::open(directory_.file("lib")).value();
  for (const bool c : {true, false}) {
    put("c.bin", &c, 1);
    ASSERT_EQ(run("lib/tiny.weights --repeat 1 --input x.bin --input ids_in.bin --input n.bin --input c.bin "
                  "--output y.bin --output ids.bin --output last.bin"),
              0);
    const auto outputs = loaded
                             ->run({{"input.1", Array::of<float>({2, 8}, x)},
                                    {"ids", Array::of<int64_t>({6}, ids)},
                                    {"round0", Array::scalar(n)},
                                    {"c", Array::scalar(c)}})
                             .value();
    expect_bytes("y.bin", outputs[0]);
    expect_bytes("ids.bin", outputs[1]);
    for (size_t i = 0; i < 6; ++i) EXPECT_EQ(outputs[1].values<int64_t>()[i], 2 * ids[i]);
    EXPECT_EQ(outputs[0].values<float>()[1], c ? 0 : 2);
    if (!c) continue;
    expect_bytes("last.bin", outputs[2]);
    EXPECT_EQ(outputs[2].values<int64_t>()[0], 8);
  }
}

TEST_F(LibraryFiles, SayHowTheProgramIsCalled) {
  write(small_library());
  compile();
  for (const char* help : {"--help", "-h", "lib/tiny.weights --repeat 3 --help"}) {
    EXPECT_EQ(run(help), 0);
    EXPECT_THAT(text("out.txt"), HasSubstr("usage: tiny_main WEIGHTS"));
    EXPECT_THAT(text("out.txt"), HasSubstr("says how long it and each of its steps take"));
    EXPECT_EQ(text("err.txt"), "");
  }
}

TEST_F(LibraryFiles, LinkOpenMpOnlyWhereThereAreThreads) {
  const auto one = library_files(small_library()).value();
  const auto two = library_files(small_library("tiny", 2)).value();
  for (const char* file : {"tiny.c", "tiny.h", "tinyConfig.cmake"}) {
    EXPECT_THAT(content(one, file), Not(HasSubstr("gomp"))) << file;
    EXPECT_THAT(content(two, file), HasSubstr("gomp")) << file;
  }
}

TEST_F(LibraryFiles, AreTheSameEveryTime) {
  const auto once = library_files(small_library()).value();
  const auto again = library_files(small_library()).value();
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].content, again[i].content) << once[i].name;
}

TEST_F(LibraryFiles, RefuseControlFlowThatCannotBe) {
  const auto refused = [&](size_t step, const std::function<void(ControlFlow&)>& change) {
    Library library = flowing_library();
    ControlFlow control = *library.steps[step].control;
    change(control);
    library.steps[step].control = std::make_shared<const ControlFlow>(std::move(control));
    return refusal(library).message;
  };
  EXPECT_THAT(
      refused(0, [](ControlFlow& loop) { loop.most = 4; }),
      HasSubstr("step 0 \"pairs\": step 0 \"pair\": argument 0: 16 bytes from -16 on do not lie inside"));
  EXPECT_THAT(refused(0,
                      [](ControlFlow& loop) {
                        loop.trips = Place{Place::Memory::input, 2, 0};
                      }),
              HasSubstr("is in none of known rounds"));
  EXPECT_THAT(refused(0, [](ControlFlow& loop) { loop.most = int64_t{1} << 62; }),
              HasSubstr("leave the input"));
  EXPECT_THAT(refused(1,
                      [](ControlFlow& loop) {
                        loop.counter = Place{Place::Memory::input, 2, 0};
                      }),
              HasSubstr("its counter does not lie in the arena"));
  EXPECT_THAT(refused(2, [](ControlFlow& branch) { branch.condition.reset(); }),
              HasSubstr("step 2 \"choice\": it is no loop, and has no condition"));
  EXPECT_THAT(refused(2, [](ControlFlow& branch) { branch.body[0].arguments[0].round_bytes = 4; }),
              HasSubstr("moves on with the rounds"));
}

TEST_F(LibraryFiles, HaveAnObjectOnceThatSeveralKernelsAreIn) {
  Library library = small_library();
  library.kernels.push_back(library.kernels[0]);
  library.kernels.back().function = "tiny_scale_again";
  const auto files = library_files(library).value();
  EXPECT_THAT(content(files, "kernels/tiny_3.o"), HasSubstr("there is no"));
  EXPECT_EQ(parse_json(content(files, "tiny.json"), "tiny.json").value()["kernels"][3]["object"], 0);
}

TEST_F(LibraryFiles, RefuseALibraryThatCannotBe) {
  Library library = small_library();
  library.weights.clear();
  EXPECT_THAT(refusal(library).message, HasSubstr("have no header"));
  library = small_library();
  library.kernels[1].function = "tiny_scale_call";
  EXPECT_THAT(refusal(library).message, HasSubstr("is taken already"));
  library = small_library();
  library.kernels[1].object = nullptr;
  EXPECT_THAT(refusal(library).message, HasSubstr("has no code"));
  library = small_library();
  library.name = "int";
  EXPECT_THAT(refusal(library).message, HasSubstr("is no name in C"));
  library = small_library();
  library.steps[1].arguments[0].offset = 1 << 20;
  EXPECT_THAT(refusal(library).message,
              HasSubstr("step 1 \"layer/relu\": argument 0: 64 bytes from 1048576"));
}

/// The text without what differs between builds and machines.
std::string neutral(std::string text) {
  const std::string version = std::string("tamis ") + kVersion;
  for (size_t at = text.find(version); at != std::string::npos; at = text.find(version, at))
    text.replace(at, version.size(), "tamis VERSION");
  return text;
}

TEST(GoldenLibrary, IsWrittenAsBefore) {
  Library library = small_library("tiny", 2);
  library.processor = "x86-64-v3";
  const auto files = library_files(library).value();
  for (const char* name : {"tiny.h", "tiny.c", "tiny_main.c", "tinyConfig.cmake", "CMakeLists.txt"}) {
    const std::string path = std::string(TAMIS_TEST_DATA) + "/golden/network/" + name + ".txt";
    const std::string text = neutral(content(files, name));
    if (std::getenv("TAMIS_UPDATE_GOLDEN") != nullptr) {
      ASSERT_TRUE(make_directories(std::string(TAMIS_TEST_DATA) + "/golden/network").ok());
      ASSERT_TRUE(write_file(path, text).ok());
      continue;
    }
    EXPECT_EQ(text, read_file(path).value()) << name << " changed";
  }
}

}  // namespace
}  // namespace tamis::network
