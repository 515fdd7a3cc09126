#include "targets/gpu/kernel/kernel_files.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCudaSource =
    "__global__ void add(float *c, const float *a, int n) { block_size_x; }\n";
constexpr const char* kOpenClSource = "__kernel void add(__global float *c, __global float *a, int n) {}\n";

/// A T1 file in a folder of its own, with these members of `KernelSpecification`.
class T1File {
 public:
  explicit T1File(std::string members, const std::string& language = "CUDA",
                  const std::string& source = kCudaSource, std::string rest = "")
      : members_(std::move(members)), language_(language), rest_(std::move(rest)) {
    std::ofstream(folder_.file("add.cu")) << source;
    if (members_.find("\"Arguments\"") == std::string::npos) members_ += kArguments;
  }

  Result<SpaceFile> space() const {
    return parse_space(
        R"({"General": {"BenchmarkName": "add"}, "ConfigurationSpace": {"TuningParameters": [
            {"Name": "block_size_x", "Type": "int", "Values": "[32, 64]", "Default": 64},
            {"Name": "tile", "Type": "int", "Values": "[1, 3]", "Default": 3}], "Conditions": []})" +
            rest_ + R"(, "KernelSpecification": {"Language": ")" + language_ +
            R"(", "KernelName": "add", "KernelFile": "add.cu", )" + members_ + "}}",
        "t1.json");
  }

  Result<KernelDescription> kernel() const {
    TAMIS_ASSIGN(const SpaceFile file, space());
    TAMIS_ASSIGN(const Json json, parse_json(file.kernel, "kernel"));
    return KernelDescription::read(json, "t1.json", folder_.path(), file.space);
  }

  /// The program of the default config.
  KernelProgram program() const {
    const auto file = space();
    const auto read = kernel();
    EXPECT_TRUE(read.ok()) << read.error().message;
    return read->program(file->space, file->default_config.value()).value();
  }

  std::string refusal() const {
    const auto read = kernel();
    return read.ok() ? "" : read.error().message;
  }

  std::vector<std::string> notes() const { return kernel().value().notes(); }
  Result<std::vector<ArgumentValue>> arguments() const { return kernel().value().arguments(1); }

  const TemporaryDirectory& folder() const { return folder_; }

 private:
  static constexpr const char* kArguments = R"(, "Arguments": [
      {"Name": "c", "Type": "float", "MemoryType": "Vector", "Size": 64, "FillType": "Constant", "FillValue": 0.0,
       "AccessType": "WriteOnly", "Output": 1},
      {"Name": "a", "Type": "float", "MemoryType": "Vector", "Size": 64, "FillType": "Random", "FillValue": 20.0},
      {"Name": "n", "Type": "int32", "MemoryType": "Scalar", "FillValue": 64}])";
  TemporaryDirectory folder_;
  std::string members_;
  std::string language_;
  std::string rest_;
};

constexpr const char* kBlocks =
    R"("GlobalSize": {"X": "640 // block_size_x"}, "LocalSize": {"X": "block_size_x"})";

TEST(T1Kernel, LaunchesGlobalSizeInTheUnitOfItsLanguage) {
  EXPECT_EQ(T1File(kBlocks).program().launches.at(0).grid, (Grid{{10, 1, 1}, {64, 1, 1}}));
  const T1File opencl(R"("GlobalSize": {"X": "641", "Y": 2}, "LocalSize": {"X": "block_size_x"})", "OpenCL",
                      kOpenClSource);
  EXPECT_EQ(opencl.program().launches.at(0).grid, (Grid{{11, 2, 1}, {64, 1, 1}}));
  EXPECT_THAT(opencl.notes(), Contains("the launch is as large as GlobalSize says, in items"));
}

TEST(T1Kernel, LaunchesGlobalSizeInTheUnitThatItNames) {
  const T1File items(
      R"("GlobalSizeType": "OpenCL", "GlobalSize": {"X": "640"}, "LocalSize": {"X": "block_size_x"})");
  EXPECT_EQ(items.program().launches.at(0).grid.groups[0], 10);
  EXPECT_THAT(
      T1File(R"("GlobalSizeType": "Vulkan", "GlobalSize": {"X": "1"}, "LocalSize": {"X": "1"})").refusal(),
      HasSubstr("GlobalSizeType: Vulkan is not read"));
}

TEST(T1Kernel, LetsTheProblemAndItsDivisorsWinOverTheGlobalSizeAndSaysSo) {
  const T1File file(R"("ProblemSize": [1000, 7], "GridDivX": ["block_size_x", "tile"], "GridDivY": [],
                       "GlobalSize": {"X": "99"}, "LocalSize": {"X": "block_size_x"})");
  EXPECT_EQ(file.program().launches.at(0).grid, (Grid{{6, 7, 1}, {64, 1, 1}}));
  EXPECT_THAT(file.notes(), Contains("GlobalSize says another size than ProblemSize, and was not used"));
}

TEST(T1Kernel, SaysNothingOfSizesThatDifferByRounding) {
  const T1File file(R"("ProblemSize": 1000, "GridDivX": ["block_size_x"],
                       "GlobalSize": {"X": "1000 // block_size_x"}, "LocalSize": {"X": "block_size_x"})");
  EXPECT_THAT(file.notes(), Not(Contains(HasSubstr("another size"))));
}

TEST(T1Kernel, TakesTheBlockFromKernelTunersKnobsWhereThereIsNoLocalSize) {
  EXPECT_EQ(T1File(R"("ProblemSize": [1000])").program().launches.at(0).grid, (Grid{{16, 1, 1}, {64, 1, 1}}));
}

TEST(T1Kernel, RefusesANameThatNothingHasNamingTheField) {
  EXPECT_THAT(T1File(R"("GlobalSize": {"X": "1"}, "LocalSize": {"X": "block_size_z"})").refusal(),
              HasSubstr("t1.json, KernelSpecification, LocalSize: "));
  EXPECT_THAT(T1File(R"("GlobalSize": {"X": "N // 2"}, "LocalSize": {"X": "1"})").refusal(),
              HasSubstr("KernelSpecification, GlobalSize: "));
  EXPECT_THAT(T1File(R"("ProblemSize": 100, "GridDivX": ["tile"], "GridDivY": ["block_size_y"])").refusal(),
              HasSubstr("KernelSpecification, GridDivY: "));
  EXPECT_THAT(T1File(std::string(kBlocks) + R"(, "SharedMemory": "4 * BLOCK")", "CUDA",
                     std::string("extern __shared__ float s[];\n") + kCudaSource)
                  .refusal(),
              HasSubstr("KernelSpecification, SharedMemory: "));
}

TEST(T1Kernel, KnowsTheConstantsOfTheBenchmark) {
  const T1File file(R"("GlobalSize": {"X": "dataSize // block_size_x"}, "LocalSize": {"X": "block_size_x"})",
                    "CUDA", kCudaSource, R"(, "BenchmarkConfig": {"dataSize": 640, "PRECISION": 32})");
  EXPECT_EQ(file.program().launches.at(0).grid.groups[0], 10);
  EXPECT_THAT(file.program().source.text, HasSubstr("#define dataSize 640\n#define PRECISION 32\n"));
}

TEST(T1Kernel, DrawsRandomDataFromZeroToTheFillValueAndSaysSo) {
  const auto kernel = T1File(kBlocks).kernel().value();
  const auto arguments = kernel.arguments(1).value();
  const auto drawn = elements_of<float>(arguments.at(1).bytes);
  EXPECT_GT(*std::max_element(drawn.begin(), drawn.end()), 10);
  EXPECT_THAT(drawn, ::testing::Each(::testing::Lt(20.0F)));
  EXPECT_THAT(kernel.notes(), Contains(HasSubstr("Random data are uniform from 0 to 20")));
  EXPECT_TRUE(arguments.at(0).output);
  EXPECT_FALSE(arguments.at(1).output);
  EXPECT_THAT(kernel.notes(), Contains(HasSubstr("AccessType is not relied on")));
}

std::string with_arguments(const std::string& arguments) {
  return std::string(kBlocks) + R"(, "Arguments": [)" + arguments + "]";
}

TEST(T1Kernel, KeepsTypesAsTheyAre) {
  const T1File file(with_arguments(
                        R"({"Type": "uint32", "MemoryType": "Scalar", "FillValue": 2745829788},
                           {"Type": "double3", "MemoryType": "Vector", "Size": 2, "FillType": "Random"},
                           {"Type": "int8", "MemoryType": "vector", "Size": "8", "FillType": "Constant"})"),
                    "CUDA", "__global__ void add(unsigned x, double3 *y, char *z) {}");
  const auto arguments = file.arguments().value();
  EXPECT_THAT(elements_of<uint32_t>(arguments.at(0).bytes), ElementsAre(2745829788U));
  EXPECT_EQ(arguments.at(1).bytes.size(), 48);
  EXPECT_EQ(arguments.at(2).bytes.size(), 8);
  EXPECT_EQ(arguments.at(1).name, "argument_2");
  EXPECT_THAT(file.notes(), Contains(HasSubstr("no argument has Output")));
}

TEST(T1Kernel, EvaluatesSizesWithTheProblemAndAllValuesOfAKnob) {
  const T1File file(R"("ProblemSize": [10, 7], "GridDivX": ["block_size_x"], "Arguments": [
      {"Name": "a", "Type": "float", "MemoryType": "Vector", "FillType": "Constant", "FillValue": 0,
       "Size": "(ProblemSize[0] + max(tile) - 1) * ProblemSize[1]"}])",
                    "CUDA", "__global__ void add(float *a) {}");
  EXPECT_EQ(file.arguments().value().at(0).bytes.size(), size_t{12} * 7 * 4);
}

TEST(T1Kernel, GeneratesDataAndReadsBytes) {
  const T1File file(with_arguments(R"({"Name": "a", "Type": "int32", "MemoryType": "Vector", "Size": 3,
          "FillType": "Generator", "DataSource": "2 * i + 3"},
         {"Name": "b", "Type": "int32", "MemoryType": "Vector", "Size": 1, "FillType": "BinaryRaw", "DataSource": "b.bin"})"),
                    "CUDA", "__global__ void add(int *a, int *b) {}");
  EXPECT_EQ(file.kernel().error().kind, ErrorKind::not_found);
  EXPECT_THAT(file.refusal(), HasSubstr("argument b, data: cannot read"));
  std::ofstream(file.folder().file("b.bin"), std::ios::binary) << std::string("\x07\x00\x00\x00", 4);
  const auto arguments = file.arguments().value();
  EXPECT_THAT(elements_of<int32_t>(arguments.at(0).bytes), ElementsAre(3, 5, 7));
  EXPECT_THAT(elements_of<int32_t>(arguments.at(1).bytes), ElementsAre(7));
}

TEST(T1Kernel, ComparesWithReferenceArguments) {
  const std::string argument = with_arguments(
      R"({"Name": "r", "Type": "float", "MemoryType": "Vector", "Size": 3, "FillType": "Constant", "FillValue": 0})");
  const auto file = [&](const std::string& reference) {
    return T1File(
        argument + R"(, "ReferenceArguments": [{"Name": "x", "TargetName": "r", )" + reference + "}]", "CUDA",
        "__global__ void add(float *r) {}");
  };
  const T1File generated =
      file(R"("FillType": "Generator", "DataSource": "2 * i", "ValidationMethod": "SideBySideComparison",
              "ValidationThreshold": 0.1)");
  const ArgumentValue value = generated.arguments().value().at(0);
  EXPECT_EQ(value.tolerance, 0.1);
  EXPECT_EQ(value.scaled_tolerance, 0);
  EXPECT_THAT(elements_of<float>(*value.expected), ElementsAre(0, 2, 4));
  EXPECT_EQ(file(R"("FillType": "Constant", "ValidationMethod": "SideBySideRelativeComparison")")
                .arguments()
                .value()
                .at(0)
                .relative_tolerance,
            1e-4);
  EXPECT_THAT(file(R"("FillType": "BinaryRaw", "DataSource": "no.bin")").notes(),
              Contains("the reference no.bin is not there, so the default config's result stands for it"));
  EXPECT_THAT(file(R"("FillType": "Random")").refusal(), HasSubstr("random numbers are no result"));
}

TEST(T1Kernel, RefusesAReferenceOfNoArgument) {
  EXPECT_THAT(T1File(std::string(kBlocks) + R"(, "ReferenceArguments": [{"TargetName": "q"}])").refusal(),
              HasSubstr("there is no argument of the TargetName \"q\""));
}

TEST(T1Kernel, CopiesWhatLiesInConstantMemoryToTheSymbolOfItsName) {
  const std::string members = with_arguments(
      R"({"Name": "c", "Type": "float", "MemoryType": "Vector", "Size": 3, "FillType": "Constant"},
         {"Name": "f", "Type": "float", "MemoryType": "Vector", "MemType": "Constant", "Size": 3, "FillType": "Random"})");
  const T1File cuda(members, "CUDA", "__constant__ float f[3];\n__global__ void add(float *c) {}");
  ASSERT_EQ(cuda.program().symbols.size(), 1);
  EXPECT_THAT(cuda.program().launches.at(0).arguments, ElementsAre(0));
  const T1File absent(members, "CUDA", "__global__ void add(float *c, float *f) {}");
  EXPECT_TRUE(absent.program().symbols.empty());
  EXPECT_THAT(absent.program().launches.at(0).arguments, ElementsAre(0, 1));
  EXPECT_THAT(absent.notes(), Contains(HasSubstr("no __constant__ array f")));
  const T1File opencl(members, "OpenCL", "kernel void add(global float *c, constant float *f) {}");
  EXPECT_TRUE(opencl.program().symbols.empty());
  EXPECT_THAT(opencl.program().launches.at(0).arguments, ElementsAre(0, 1));
}

TEST(T1Kernel, LeavesSharedMemoryOutWhereTheSourceHasNoneOfADynamicSize) {
  const std::string members = std::string(kBlocks) + R"(, "SharedMemory": "4 * block_size_x")";
  EXPECT_EQ(T1File(members).program().launches.at(0).shared_bytes, 0);
  EXPECT_THAT(T1File(members).notes(), Contains(HasSubstr("SharedMemory was left out")));
  EXPECT_EQ(T1File(members, "CUDA", std::string("extern __shared__ float s[];\n") + kCudaSource)
                .program()
                .launches.at(0)
                .shared_bytes,
            256);
  EXPECT_EQ(T1File(std::string(kBlocks) + R"(, "SharedMemory": null)").program().launches.at(0).shared_bytes,
            0);
}

TEST(T1Kernel, LeavesOutEmptyOptionsAndThoseOfTheOtherLanguage) {
  const std::string members =
      std::string(kBlocks) +
      R"(, "CompilerOptions": ["", "-std=c++11", "-use_fast_math", "-cl-mad-enable -DX=1"])";
  EXPECT_THAT(T1File(members).program().source.options, ElementsAre("-std=c++11", "-use_fast_math", "-DX=1"));
  const T1File opencl(members, "OpenCL", kOpenClSource);
  EXPECT_THAT(opencl.program().source.options, ElementsAre("-cl-mad-enable", "-DX=1"));
  EXPECT_THAT(opencl.notes(), Contains("the option -std=c++11 is none of OpenCL C and was left out"));
}

TEST(T1Kernel, DefinesWhatKernelTunerAndBatDefineWhereTheSourceAsksForIt) {
  const T1File file(
      R"("ProblemSize": [1000], "GridDivX": ["block_size_x"])", "CUDA",
      "#ifndef kernel_tuner\n#define tile 3\n#endif\n__global__ void add(float *c, float *a, int n) "
      "{ grid_size_x; BLOCK_SIZE_X; WORK_GROUP_SIZE_Y; }");
  EXPECT_THAT(file.program().source.text,
              HasSubstr("#define kernel_tuner 1\n#define grid_size_x 16\n#define BLOCK_SIZE_X 64\n"));
  EXPECT_THAT(file.program().source.text, HasSubstr("#define WORK_GROUP_SIZE_Y 1\n"));
  EXPECT_THAT(T1File(kBlocks).program().source.text, Not(HasSubstr("kernel_tuner")));
}

TEST(T1Kernel, RefusesArgumentsOfAnotherKernel) {
  EXPECT_THAT(T1File(kBlocks, "CUDA", "__global__ void add(float *c, int n) {}").refusal(),
              HasSubstr("add takes 2 parameters in add.cu, and there are 3 arguments to pass"));
}

TEST(T1Kernel, RefusesWhatIsNotRun) {
  EXPECT_THAT(T1File(kBlocks, "Vulkan").refusal(),
              HasSubstr("Language: Vulkan is not run; CUDA and OpenCL are"));
  EXPECT_THAT(T1File(with_arguments(R"({"Type": "float", "MemoryType": "Local", "Size": 3})")).refusal(),
              HasSubstr("MemoryType: Local is not read"));
  EXPECT_THAT(
      T1File(with_arguments(R"({"Type": "float", "MemoryType": "Vector", "Size": 3, "FillType": "Script"})"))
          .refusal(),
      HasSubstr("FillType: Script is not read"));
  EXPECT_THAT(T1File(R"("GlobalSize": {"Y": "1"}, "LocalSize": {"X": "1"})").refusal(),
              HasSubstr("GlobalSize: an object with X"));
  EXPECT_THAT(T1File(R"("LocalSize": {"X": "1"})").refusal(),
              HasSubstr("neither ProblemSize nor GlobalSize"));
  EXPECT_THAT(T1File(with_arguments(R"({"Type": "float", "MemoryType": "Scalar"})")).refusal(),
              HasSubstr("\"FillValue\""));
}

TEST(T1Kernel, NamesWhatItPassesOver) {
  EXPECT_THAT(T1File(std::string(kBlocks) + R"(, "SharedMemoryOriginal": 3, "Stream": null)").notes(),
              Contains("SharedMemoryOriginal of the KernelSpecification was passed over"));
}

TEST(T1Kernel, ReadsTheOtherSpellingOfBat) {
  const TemporaryDirectory folder;
  std::ofstream(folder.file("add.cu")) << "__global__ void add(float3 *c, int n, int *l) {}\n";
  std::ofstream(folder.file("l.txt")) << "1 2\n-3\n";
  const auto file =
      parse_space(
          R"({"ConfigurationSpace": {"TuningParameters": [{"Name": "B", "Type": "int", "Values": [32]}],
                      "constraints": []},
          "benchmarkConfig": {"dataSize": 640},
          "kernelSpecification": {"language": "CUDA", "kernelName": "add", "kernelFile": "add.cu",
            "blockSize": {"X": "B", "Y": 1}, "gridSize": {"X": "dataSize // B"}, "sharedMemory": null, "arguments": [
              {"Name": "c", "Type": "float3", "length": 4, "memoryType": "vector", "fillType": "uninitialized"},
              {"Name": "n", "Type": "int", "memoryType": "scalar", "value": 4},
              {"Name": "l", "Type": "int", "length": 3, "memoryType": "Vector", "fillType": "file", "path": "l.txt"}]}})",
          "t1.json")
          .value();
  const auto kernel =
      KernelDescription::read(parse_json(file.kernel, "k").value(), "t1.json", folder.path(), file.space)
          .value();
  EXPECT_EQ(kernel.program(file.space, file.space.config(uint64_t{0})).value().launches.at(0).grid,
            (Grid{{20, 1, 1}, {32, 1, 1}}));
  const auto arguments = kernel.arguments(1).value();
  EXPECT_EQ(arguments.at(0).bytes.size(), 48);
  EXPECT_THAT(elements_of<int32_t>(arguments.at(2).bytes), ElementsAre(1, 2, -3));
}

/// What came of a published file: a program, or why there is none.
Result<KernelProgram> published_program(const std::filesystem::path& path) {
  TAMIS_ASSIGN(const SpaceFile file, read_space_file(path.string()));
  if (file.kernel.empty()) return invalid_input("no kernel");
  TAMIS_ASSIGN(const Json json, parse_json(file.kernel, path.string()));
  TAMIS_ASSIGN(
      const KernelDescription kernel,
      KernelDescription::read(json, path.filename().string(), path.parent_path().string(), file.space));
  Random random(1);
  const std::optional<Config> config = file.default_config ? file.default_config : file.space.sample(random);
  if (!config) return invalid_input("the space allows nothing");
  return kernel.program(file.space, *config);
}

/// T1 files that others publish, of which TAMIS_T1_FILES names a folder: BAT's, KTT's and the benchmark hub's
/// with their sources beside them.
TEST(T1Kernels, OfOthersBecomeProgramsWhereTheyCan) {
  const char* folder = std::getenv("TAMIS_T1_FILES");
  if (folder == nullptr) GTEST_SKIP() << "TAMIS_T1_FILES names no folder";
  size_t files = 0;
  size_t programs = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json" || !entry.is_regular_file()) continue;
    std::ifstream stream(entry.path());
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (text.find("ernelSpecification\"") == std::string::npos ||
        text.find("ConfigurationSpace\"") == std::string::npos || text.find("$schema") != std::string::npos)
      continue;
    ++files;
    const auto program = published_program(entry.path());
    programs += program.ok() ? 1 : 0;
    std::cout << entry.path().filename().string() << ": " << (program.ok() ? "read" : program.error().message)
              << "\n";
  }
  std::cout << programs << " of " << files << " are programs\n";
  EXPECT_GE(programs, 19);  // the data of one more are not published
}

}  // namespace
}  // namespace tamis::gpu
