#include "targets/gpu/kernel/argument.h"

#include "base/half.h"
#include "targets/gpu/kernel/kernel_files.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <rapidcheck.h>

namespace tamis::gpu {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string file_with_argument(const std::string& members, const std::string& language = "opencl") {
  return R"({"text": "kernel void add(ARGUMENTS) {}", "language": ")" + language +
         R"(", "entry": "add", "groups": 1, "group": 1, "constants": {"n": 6},
             "arguments": [{"name": "a", )" +
         members + "}]}";
}

ArgumentValue argument_of(const std::string& members, const std::string& language = "opencl",
                          const std::string& folder = ".", uint64_t seed = 1) {
  const auto kernel = describe_kernel(file_with_argument(members, language), folder);
  EXPECT_TRUE(kernel.ok()) << kernel.error().message;
  auto values = kernel->arguments(seed);
  EXPECT_TRUE(values.ok()) << values.error().message;
  return values->at(0);
}

std::string argument_refusal(const std::string& members, const std::string& folder = ".") {
  const auto kernel = describe_kernel(file_with_argument(members), folder);
  if (!kernel.ok()) return kernel.error().message;
  const auto values = kernel->arguments(1);
  return values.ok() ? "" : values.error().message;
}

TEST(KernelArgument, PassesNumbersByValue) {
  const ArgumentValue whole = argument_of(R"("type": "uint32", "value": 4000000000)");
  EXPECT_TRUE(whole.scalar);
  EXPECT_THAT(elements_of<uint32_t>(whole.bytes), ElementsAre(4000000000U));
  EXPECT_THAT(elements_of<int64_t>(argument_of(R"("type": "long", "value": "2 ** 40 + n")").bytes),
              ElementsAre((int64_t{1} << 40) + 6));
  EXPECT_THAT(elements_of<double>(argument_of(R"("type": "double", "value": 0.1)").bytes), ElementsAre(0.1));
  EXPECT_THAT(elements_of<int32_t>(argument_of(R"("type": "int", "value": 16777217)").bytes),
              ElementsAre(16777217));
}

TEST(KernelArgument, FillsByAFormulaOverTheIndex) {
  EXPECT_THAT(
      elements_of<int8_t>(
          argument_of(R"("type": "int8", "shape": ["n", 2], "data": {"formula": "i % 7 - n"})").bytes),
      ElementsAre(-6, -5, -4, -3, -2, -1, 0, -6, -5, -4, -3, -2));
  EXPECT_THAT(
      elements_of<float>(
          argument_of(R"("type": "float", "shape": 4, "data": {"formula": "i / 2 if i < 3 else 9"})").bytes),
      ElementsAre(0.0F, 0.5F, 1.0F, 9.0F));
}

TEST(KernelArgument, FillsByFormulaAsTheArithmeticOfThisMachineDoes) {
  EXPECT_TRUE(rc::check([] {
    const auto a = *rc::gen::inRange(-50, 50);
    const auto b = *rc::gen::inRange(1, 50);
    const auto count = *rc::gen::inRange(1, 300);
    const auto values = elements_of<int32_t>(
        argument_of(
            fmt::format(R"("type": "int32", "shape": {}, "data": {{"formula": "(i * ({}) + 1) % {}"}})",
                        count, a, b))
            .bytes);
    RC_ASSERT(values.size() == static_cast<size_t>(count));
    for (int i = 0; i < count; ++i)
      RC_ASSERT(values.at(static_cast<size_t>(i)) == (((i * a + 1) % b) + b) % b);
  }));
}

TEST(KernelArgument, EvaluatesFormulasBeyondOneBlock) {
  const auto values =
      elements_of<int32_t>(argument_of(R"("type": "int32", "shape": 40000, "data": {"formula": "i"})").bytes);
  ASSERT_EQ(values.size(), 40000);
  for (int32_t i = 0; i < 40000; ++i) ASSERT_EQ(values.at(static_cast<size_t>(i)), i);
}

TEST(KernelArgument, DrawsTheSameNumbersFromTheSameSeed) {
  const auto drawn = [](uint64_t seed) {
    return elements_of<float>(argument_of(R"("type": "float32", "shape": 1000)", "opencl", ".", seed).bytes);
  };
  EXPECT_EQ(drawn(1), drawn(1));
  EXPECT_NE(drawn(1), drawn(2));
  EXPECT_THAT(drawn(1), Each(::testing::AllOf(::testing::Ge(0.0F), ::testing::Lt(1.0F))));
}

TEST(KernelArgument, DrawsFromTheDistributionThatIsAskedFor) {
  const auto uniform = elements_of<int8_t>(
      argument_of(R"("type": "int8", "shape": 4000, "data": {"random": "uniform", "low": -3, "high": 3})")
          .bytes);
  EXPECT_EQ(*std::min_element(uniform.begin(), uniform.end()), -3);
  EXPECT_EQ(*std::max_element(uniform.begin(), uniform.end()), 2);
  const auto normal = elements_of<double>(
      argument_of(
          R"("type": "double", "shape": 4000, "data": {"random": "normal", "mean": 10, "deviation": 2})")
          .bytes);
  double sum = 0;
  for (const double one : normal) sum += one;
  EXPECT_NEAR(sum / 4000, 10, 0.3);
}

TEST(KernelArgument, BeginsOutputsWithZero) {
  const ArgumentValue output = argument_of(R"("type": "float", "shape": 3, "output": true)");
  EXPECT_TRUE(output.output);
  EXPECT_THAT(elements_of<float>(output.bytes), Each(0.0F));
  EXPECT_GT(output.scaled_tolerance, 0);
  EXPECT_EQ(argument_of(R"("type": "float", "shape": 3, "output": true, "tolerance": 0)").scaled_tolerance,
            0);
  EXPECT_EQ(argument_of(R"("type": "int", "shape": 3, "output": true)").scaled_tolerance, 0);
}

TEST(KernelArgument, PacksThreeLanesAsTheLanguageHasThem) {
  const std::string members = R"("type": "float3", "shape": 2, "data": {"formula": "i + 1"})";
  const ArgumentValue opencl = argument_of(members);
  EXPECT_EQ(opencl.places, 4);
  EXPECT_THAT(elements_of<float>(opencl.bytes), ElementsAre(1, 2, 3, 0, 4, 5, 6, 0));
  const ArgumentValue cuda = argument_of(members, "cuda");
  EXPECT_EQ(cuda.places, 3);
  EXPECT_THAT(elements_of<float>(cuda.bytes), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(argument_of(R"("type": "float64x3", "shape": 2)", "cuda").bytes.size(), 48);
}

TEST(KernelArgument, KeepsHalfPrecisionInSixteenBits) {
  const auto bits = elements_of<uint16_t>(argument_of(R"("type": "float16", "shape": 2, "data": 1.5)").bytes);
  EXPECT_THAT(bits, Each(float16_bits(1.5F)));
}

/// NumPy's version 1 with these elements.
void write_npy(const std::string& path, const std::string& header, const std::string& elements) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size());
  text += '\0';
  std::ofstream(path, std::ios::binary) << text << header << elements;
}

TEST(KernelArgument, ReadsNumpysFilesAndPlainBytes) {
  const TemporaryDirectory folder;
  const std::vector<float> numbers = {1, 2, 3, 4, 5, 6};
  const std::string bytes(reinterpret_cast<const char*>(numbers.data()), 24);
  write_npy(folder.file("a.npy"), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", bytes);
  std::ofstream(folder.file("a.bin"), std::ios::binary) << bytes;
  const auto read = [&](const std::string& members) {
    return elements_of<float>(argument_of(members, "opencl", folder.path()).bytes);
  };
  EXPECT_EQ(read(R"("type": "float32", "shape": [2, 3], "data": "a.npy")"), numbers);
  EXPECT_EQ(read(R"("type": "float32", "data": "a.npy")"), numbers);
  EXPECT_EQ(read(R"("type": "float32", "shape": "n", "data": {"file": "a.bin"})"), numbers);
  EXPECT_THAT(read(R"("type": "float3", "shape": 2, "data": "a.npy")"), ElementsAre(1, 2, 3, 0, 4, 5, 6, 0));
  const ArgumentValue output = argument_of(R"("type": "float32", "shape": 6, "data": 0, "expected": "a.npy")",
                                           "opencl", folder.path());
  EXPECT_TRUE(output.output);
  EXPECT_EQ(elements_of<float>(*output.expected), numbers);
  EXPECT_THAT(argument_refusal(R"("type": "float32", "shape": 7, "data": "a.npy")", folder.path()),
              HasSubstr("holds 24 bytes, and 7 elements of 4 bytes take 28"));
  EXPECT_THAT(argument_refusal(R"("type": "int32", "shape": 6, "data": "a.npy")", folder.path()),
              HasSubstr("has elements of NumPy's type f4, and int32 is i4"));
  EXPECT_THAT(argument_refusal(R"("type": "int32", "shape": 6, "data": "b.npy")", folder.path()),
              HasSubstr("b.npy"));
}

TEST(KernelArgument, RefusesWhatItsTypeCannotHold) {
  EXPECT_THAT(argument_refusal(R"("type": "int8", "shape": 300, "data": {"formula": "i"})"),
              HasSubstr("f.yaml, kernel, arguments, argument a, data: element 128 is 128, and int8 holds"));
  EXPECT_THAT(argument_refusal(R"("type": "int8", "value": 1.5)"), HasSubstr("is 1.5, and int8 holds"));
  EXPECT_THAT(argument_refusal(R"("type": "uint8", "shape": 3, "data": -1)"),
              HasSubstr("is -1, and uint8 holds"));
  EXPECT_THAT(argument_refusal(R"("type": "float16", "value": 1e6)"), HasSubstr("and float16 holds"));
}

TEST(KernelArgument, RefusesAFormulaWithoutAValueNamingTheIndex) {
  EXPECT_THAT(argument_refusal(R"("type": "int8", "shape": 4, "data": {"formula": "6 // (2 - i) * 1"})"),
              HasSubstr("has no value for i = 2"));
}

TEST(KernelArgument, RefusesAnUnknownType) {
  EXPECT_THAT(argument_refusal(R"("type": "float33", "shape": 4)"), HasSubstr("did you mean \"float32\"?"));
  EXPECT_THAT(argument_refusal(R"("type": "float5", "shape": 4)"), HasSubstr("2, 3, 4, 8 or 16 lanes"));
}

TEST(KernelArgument, RefusesWhatNoDataIs) {
  EXPECT_THAT(argument_refusal(R"("type": "float", "shape": 4, "data": "randon")"),
              HasSubstr("\"randon\" is neither random nor a .npy file"));
  EXPECT_THAT(argument_refusal(R"("type": "float", "shape": 4, "data": {"formulae": "i"})"),
              HasSubstr("did you mean \"formula\"?"));
  EXPECT_THAT(argument_refusal(R"("type": "float", "shape": 4, "data": {"random": "poisson"})"),
              HasSubstr("there is no distribution \"poisson\""));
  EXPECT_THAT(argument_refusal(R"("type": "int", "shape": 4, "data": {"random": "normal"})"),
              HasSubstr("normal numbers are real"));
  EXPECT_THAT(argument_refusal(R"("type": "int", "shape": 4, "data": {"random": "uniform", "mean": 1})"),
              HasSubstr("it has low and high"));
  EXPECT_THAT(
      argument_refusal(R"("type": "int", "shape": 4, "data": {"random": "uniform", "low": 1, "high": 1})"),
      HasSubstr("low must be below high"));
  EXPECT_THAT(argument_refusal(R"("type": "int", "shape": 4, "expected": "random")"),
              HasSubstr("random numbers are no result"));
}

TEST(KernelArgument, RefusesAShapeThatIsMissingOrTooLarge) {
  EXPECT_THAT(argument_refusal(R"("type": "int")"), HasSubstr("\"shape\" is missing"));
  EXPECT_THAT(argument_refusal(R"("type": "int", "shape": 0)"), HasSubstr("at least 1"));
  EXPECT_THAT(argument_refusal(R"("type": "int", "shape": [1000000, 1000000, 1000000])"),
              HasSubstr("larger than 1 TiB"));
  EXPECT_THAT(argument_refusal(R"("type": "int", "shape": "bx")"), HasSubstr("names a knob"));
  EXPECT_THAT(argument_refusal(R"("type": "int", "shape": 3, "value": 2)"), HasSubstr("exclude each other"));
  EXPECT_THAT(argument_refusal(R"("type": "int", "shape": 3, "tolerance": -1)"), HasSubstr("0 or more"));
}

TEST(KernelArgument, RefusesTwoOfOneName) {
  EXPECT_THAT(argument_refusal(R"("type": "int", "value": 2}, {"name": "a", "type": "int", "value": 2)"),
              HasSubstr("there are two arguments of this name"));
}

/// What is said of an argument when its file is read, before anything is built.
std::string reading_refusal(const std::string& members, const std::string& folder = ".") {
  const auto kernel = describe_kernel(file_with_argument(members), folder);
  return kernel.ok() ? "" : kernel.error().message;
}

TEST(KernelArgumentCheck, RefusesNumbersThatTheTypeDoesNotHoldWhenTheFileIsRead) {
  EXPECT_EQ(
      reading_refusal(R"("type": "int8", "value": 300)"),
      "f.yaml, kernel, arguments, argument a, value: it is 300, and int8 holds whole numbers from -128 to "
      "127; give another type or another value");
  EXPECT_THAT(reading_refusal(R"("type": "int32", "shape": 4, "data": 0.5)"),
              HasSubstr("argument a, data: element 0 is 0.5, and int32 holds whole numbers"));
  EXPECT_THAT(reading_refusal(R"("type": "uint8", "shape": 300, "data": {"formula": "i"})"),
              HasSubstr("argument a, data: element 256 is 256"));
  EXPECT_THAT(reading_refusal(R"("type": "half", "shape": 4, "expected": 100000)"),
              HasSubstr("argument a, expected: element 0 is 100000, and float16 holds up to 65504"));
}

TEST(KernelArgumentCheck, LooksAtBothEndsOfALongFormula) {
  EXPECT_THAT(reading_refusal(R"("type": "int32", "shape": 4000000, "data": {"formula": "i * 1000"})"),
              HasSubstr("and int32 holds whole numbers"));
}

TEST(KernelArgumentCheck, RefusesFilesOfOtherDataWhenTheFileIsRead) {
  const TemporaryDirectory directory;
  std::ofstream(directory.file("a.bin")) << "12345678";
  std::ofstream(directory.file("a.txt")) << "1 2 three";
  EXPECT_THAT(
      reading_refusal(R"("type": "float", "shape": 3, "data": {"file": "a.bin"})", directory.path()),
      HasSubstr("a.bin holds 8 bytes, and 3 elements of 4 bytes take 12; give another file or another "
                "\"shape\""));
  EXPECT_THAT(reading_refusal(R"("type": "float", "data": {"file": "a.txt"})", directory.path()),
              HasSubstr("argument a, data: element 2 is three"));
  EXPECT_THAT(
      reading_refusal(R"("type": "float", "shape": 2, "expected": {"file": "b.bin"})", directory.path()),
      HasSubstr("argument a, expected: "));
}

TEST(KernelArgumentCheck, SaysThatAnExpectedFileIsNotANumberAnywhere) {
  const TemporaryDirectory directory;
  const std::vector<float> elements(2, std::nanf(""));
  std::ofstream(directory.file("e.bin"), std::ios::binary)
      .write(reinterpret_cast<const char*>(elements.data()), 8);
  const auto kernel = describe_kernel(
      file_with_argument(R"("type": "float", "shape": 2, "expected": {"file": "e.bin"})"), directory.path());
  ASSERT_TRUE(kernel.ok()) << kernel.error().message;
  EXPECT_THAT(kernel->notes(), ::testing::Contains(HasSubstr("a is NaN everywhere in")));
}

TEST(KernelArgumentCheck, RefusesDistributionsThatMeanNothing) {
  EXPECT_THAT(
      reading_refusal(R"("type": "float", "shape": 4, "data": {"random": "normal", "deviation": -1})"),
      HasSubstr("\"deviation\" is -1; it must be 0 or more"));
  EXPECT_THAT(
      reading_refusal(R"("type": "uint8", "shape": 4, "data": {"random": "uniform", "low": -1, "high": 1})"),
      HasSubstr("-1 is no number that uint8 holds, whole numbers from 0 to 255"));
  EXPECT_THAT(
      reading_refusal(R"("type": "int8", "shape": 4, "data": {"random": "uniform", "low": 0, "high": 129})"),
      HasSubstr("128 is no number that int8 holds"));
  EXPECT_EQ(
      reading_refusal(R"("type": "int8", "shape": 4, "data": {"random": "uniform", "low": 0, "high": 128})"),
      "");
}

TEST(KernelArgumentCheck, RefusesNamesThatAreNone) {
  for (const char* name : {"", "a b", "1a", "a\\n", "a-b"})
    EXPECT_THAT(
        kernel_refusal(std::string(R"({"text": "kernel void k(global float* a) {}", "language": "opencl",
      "entry": "k", "groups": 1, "group": 1, "arguments": [{"name": ")") +
                       name + R"(", "type": "float", "shape": 4}]})"),
        HasSubstr("is no name of an argument"))
        << name;
}

}  // namespace
}  // namespace tamis::gpu
