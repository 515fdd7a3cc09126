#include "targets/gpu/kernel/description.h"

#include "targets/gpu/kernel/kernel_files.h"

#include <rapidcheck.h>

namespace tamis::gpu {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

KernelProgram program_with(const std::string& json, const std::vector<std::string>& values,
                           const std::string& folder = ".") {
  const auto kernel = describe_kernel(json, folder);
  EXPECT_TRUE(kernel.ok()) << kernel.error().message;
  return kernel->program(kernel_space(), kernel_config(values)).value();
}

TEST(KernelFile, PutsEachKnobInFrontAsAMacro) {
  const KernelProgram program =
      program_with(sized_kernel_json(""), {"bx=32", "tile=4", "layout=nhwc", "k=2x2"});
  EXPECT_THAT(program.source.text,
              HasSubstr("#define bx 32\n#define tile 4\n#define zero 0\n"
                        "#define layout nhwc\n#define k 2\n#define k_0 2\n#define k_1 2\n"
                        "#define k_2 2\n#line 1 \"kernel\"\n__kernel void add("));
  EXPECT_EQ(program.source.language, Language::opencl);
}

TEST(KernelFile, DefinesWhatFormulasSay) {
  const KernelProgram program = program_with(sized_kernel_json(R"("constants": {"m": 10, "twice": "m * 2"},
          "defines": {"AREA": "bx * tile", "HALF": "bx / 2", "T": "'float4'", "M": "twice", "ON": true})"),
                                             {"tile=2"});
  EXPECT_THAT(program.source.text,
              HasSubstr("#define AREA 32\n#define HALF 8.0\n#define T float4\n#define M 20\n#define ON 1\n"));
}

TEST(KernelFile, DividesTheProblemByTheGroupWhereNothingElseIsSaid) {
  const KernelProgram program =
      program_with(kernel_json(R"("problem_size": [100, 7], "group": ["bx", 2])"), {});
  EXPECT_EQ(program.launches.at(0).grid, (Grid{{7, 4, 1}, {16, 2, 1}}));
  EXPECT_THAT(program.launches.at(0).arguments, ElementsAre(0, 1));
}

TEST(KernelFile, DividesTheProblemByTheProductOfItsDivisors) {
  const KernelProgram program = program_with(
      kernel_json(R"("problem_size": [100, 7], "group": "bx", "grid_divisors": [["bx", "tile"], []])"),
      {"tile=4"});
  EXPECT_EQ(program.launches.at(0).grid, (Grid{{2, 7, 1}, {16, 1, 1}}));
}

TEST(KernelFile, TakesNumbersOfGroupsAsTheyStand) {
  EXPECT_EQ(program_with(kernel_json(R"("groups": ["256 // bx", 3], "group": "bx")"), {}).launches.at(0).grid,
            (Grid{{16, 3, 1}, {16, 1, 1}}));
}

TEST(KernelFile, RoundsGlobalSizesUpToWholeGroups) {
  EXPECT_EQ(program_with(kernel_json(R"("global": [100], "group": "bx")"), {}).launches.at(0).grid,
            (Grid{{7, 1, 1}, {16, 1, 1}}));
}

TEST(KernelFile, TakesAWholeRealNumberForASize) {
  EXPECT_EQ(
      program_with(kernel_json(R"("groups": "256 / bx", "group": "bx")"), {}).launches.at(0).grid.groups[0],
      16);
}

TEST(KernelFile, CountsSharedMemoryForTheConfig) {
  const std::string json =
      R"({"text": "extern \"C\" __global__ void add(float* a) {}", "language": "cuda", "entry": "add",
          "problem_size": 64, "group": "bx", "shared_bytes": "4 * bx * tile",
          "arguments": [{"name": "a", "type": "float", "shape": 64}]})";
  EXPECT_EQ(program_with(json, {"tile=2"}).launches.at(0).shared_bytes, 128);
}

TEST(KernelFile, PassesLocalMemoryInOpenClWhereTheKernelHasAParameterForIt) {
  EXPECT_EQ(program_with(sized_kernel_json(R"("shared_bytes": 64)"), {}).launches.at(0).shared_bytes, 0);
  const std::string json =
      R"({"text": "kernel void add(global float* a, local float* l) {}", "language": "opencl", "entry": "add",
          "problem_size": 64, "group": "bx", "shared_bytes": 64,
          "arguments": [{"name": "a", "type": "float", "shape": 64}]})";
  EXPECT_EQ(program_with(json, {}).launches.at(0).shared_bytes, 64);
}

TEST(KernelFile, HasNoProgramForAConfigWhoseSizesHaveNoValue) {
  const auto kernel = describe_kernel(kernel_json(R"("groups": "64 // zero", "group": "bx - 16")")).value();
  const auto program = kernel.program(kernel_space(), kernel_config({"bx=32"}));
  ASSERT_FALSE(program.ok());
  EXPECT_EQ(program.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(program.error().message, HasSubstr("f.yaml, kernel, groups, x: \"64 // zero\" has no value"));
  EXPECT_THAT(kernel.program(kernel_space(), kernel_config({"zero=1"})).error().message,
              HasSubstr("group, x: \"bx - 16\" is 0; a whole number of at least 1 is needed"));
}

TEST(KernelFile, LaunchesSeveralKernelsInTurn) {
  const std::string json =
      R"({"text": "kernel void one(global float* a) {} kernel void two(global float* b, int n) {}",
          "language": "opencl", "problem_size": 64, "group": "bx",
          "arguments": [{"name": "a", "type": "float", "shape": 64}, {"name": "b", "type": "float", "shape": 64},
                        {"name": "n", "type": "int", "value": 3}],
          "launches": [{"entry": "one", "arguments": ["a"]},
                       {"entry": "two", "arguments": ["b", "n"], "groups": 1, "group": 1, "when": "zero == 0"}]})";
  const KernelProgram both = program_with(json, {});
  ASSERT_EQ(both.launches.size(), 2);
  EXPECT_EQ(both.launches[0].grid, (Grid{{4, 1, 1}, {16, 1, 1}}));
  EXPECT_EQ(both.launches[1].grid, (Grid{{1, 1, 1}, {1, 1, 1}}));
  EXPECT_THAT(both.launches[1].arguments, ElementsAre(1, 2));
  EXPECT_EQ(program_with(json, {"zero=1"}).launches.size(), 1);
}

TEST(KernelFile, HasNoProgramWhereNoLaunchIsLeft) {
  const auto kernel =
      describe_kernel(sized_kernel_json(R"("launches": [{"entry": "add", "when": "zero"}])")).value();
  EXPECT_THAT(kernel.program(kernel_space(), kernel_config({})).error().message,
              HasSubstr("no launch is left"));
}

TEST(KernelFile, ReadsFilesInTheirOrderAndWhatTheyInclude) {
  const TemporaryDirectory folder;
  std::ofstream(folder.file("one.cl")) << "#include \"head.h\"\n";
  std::ofstream(folder.file("head.h")) << "int from_head;\n";
  std::ofstream(folder.file("two.cl")) << "kernel void add(global float* a) {}\n";
  const std::string json =
      R"({"source": ["one.cl", "two.cl"], "entry": "add", "problem_size": 64, "group": "bx",
                               "arguments": [{"name": "a", "type": "float", "shape": 64}]})";
  const KernelProgram program = program_with(json, {}, folder.path());
  EXPECT_THAT(program.source.text,
              HasSubstr("#line 1 \"one.cl\"\n#include \"head.h\"\n\n#line 1 \"two.cl\"\n"));
  EXPECT_THAT(program.source.include_folders, ElementsAre(folder.path()));
  EXPECT_EQ(program.source.name, "one.cl");
  const std::string before = describe_kernel(json, folder.path()).value().digest();
  EXPECT_EQ(describe_kernel(json, folder.path()).value().digest(), before);
  std::ofstream(folder.file("head.h")) << "int another;\n";
  EXPECT_NE(describe_kernel(json, folder.path()).value().digest(), before);
}

TEST(KernelFile, RefusesASourceThatIsNotThere) {
  const auto kernel = describe_kernel(R"({"source": "no.cl", "entry": "add", "arguments": []})");
  ASSERT_FALSE(kernel.ok());
  EXPECT_EQ(kernel.error().kind, ErrorKind::not_found);
  EXPECT_THAT(kernel.error().message, HasSubstr("f.yaml, kernel, source"));
}

TEST(KernelFile, RefusesASourceThatHasNoEnd) {
  const auto kernel = describe_kernel(R"({"source": "/dev/zero", "entry": "add", "arguments": []})");
  ASSERT_FALSE(kernel.ok());
  EXPECT_THAT(kernel.error().message, HasSubstr("/dev/zero is a device, not a file"));
}

TEST(KernelFile, RefusesASizeThatIsTooLarge) {
  EXPECT_THAT(kernel_refusal(kernel_json(R"("group": 64, "groups": ["90000000 * 90000000 * 90000000"])")),
              HasSubstr("which is too large"));
}

TEST(KernelFile, RefusesAnUnknownMember) {
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("define": {})")), HasSubstr("did you mean \"defines\"?"));
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("launches": [{"entri": "add"}])")),
              HasSubstr("launches, number 1"));
}

TEST(KernelFile, RefusesAnUnknownNameInAFormula) {
  EXPECT_THAT(kernel_refusal(kernel_json(R"("problem_size": 64, "group": "bxx")")),
              HasSubstr("f.yaml, kernel, group, x: "));
  EXPECT_THAT(kernel_refusal(kernel_json(R"("problem_size": 64, "group": "bxx")")),
              HasSubstr("there is no knob \"bxx\"; did you mean \"bx\"?"));
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("defines": {"T": "float4"})")),
              HasSubstr("a text has quotes of its own"));
}

TEST(KernelFile, RefusesAKnobWhereAllConfigsAreTheSame) {
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("constants": {"m": "bx * 2"})")),
              HasSubstr("constants, m: \"bx * 2\" names a knob"));
}

TEST(KernelFile, RefusesAConstantOfAKnobsName) {
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("constants": {"bx": 3})")),
              HasSubstr("constants, bx: there is a knob of this name"));
}

TEST(KernelFile, RefusesSizesThatAreMissingOrSaidTwice) {
  EXPECT_THAT(kernel_refusal(kernel_json(R"("group": 16)")),
              HasSubstr("nothing says how many groups there are"));
  EXPECT_THAT(kernel_refusal(kernel_json(R"("group": 16, "groups": 1, "global": 16)")),
              HasSubstr("\"groups\" and \"global\" exclude each other"));
  EXPECT_THAT(kernel_refusal(kernel_json(R"("groups": 1)")), HasSubstr("\"group\" is missing"));
  EXPECT_THAT(kernel_refusal(kernel_json(R"("group": 16, "groups": 1, "grid_divisors": 2)")),
              HasSubstr("\"problem_size\", which is missing"));
  EXPECT_THAT(kernel_refusal(kernel_json(R"("group": [1, 1, 1, 1], "groups": 1)")),
              HasSubstr("one to three sizes are expected"));
}

TEST(KernelFile, RefusesAMacroOfAKnobsNameOrOfNone) {
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("defines": {"bx": 1})")),
              HasSubstr("the knob of this name is a macro already"));
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("defines": {"a b": 1})")),
              HasSubstr("this is no name that a macro may have"));
}

TEST(KernelFile, RefusesALanguageThatNothingTells) {
  EXPECT_THAT(kernel_refusal(R"({"text": "", "entry": "a", "arguments": []})"),
              HasSubstr("\"language\" is missing, opencl or cuda"));
  EXPECT_THAT(kernel_refusal(R"({"text": "", "language": "opencll", "entry": "a", "arguments": []})"),
              HasSubstr("did you mean \"opencl\"?"));
}

TEST(KernelFile, RefusesArgumentsThatTheFunctionDoesNotTake) {
  EXPECT_THAT(kernel_refusal(R"({"text": "kernel void add(global float* a) {}", "language": "opencl",
      "entry": "add", "groups": 1, "group": 1, "arguments": []})"),
              HasSubstr("add takes 1 parameter in kernel, and there are 0 arguments to pass"));
}

TEST(KernelFile, RefusesAFunctionThatIsNotInTheSource) {
  EXPECT_THAT(kernel_refusal(R"({"text": "kernel void add(global float* a) {}", "language": "opencl",
      "entry": "ad", "groups": 1, "group": 1, "arguments": []})"),
              HasSubstr("has no function \"ad\"; did you mean \"add\"?"));
}

TEST(KernelFile, BelievesAnyOfSeveralDefinitionsAndNoMacro) {
  const std::string rest = R"(", "language": "opencl", "entry": "add", "groups": 1, "group": 1,
      "arguments": [{"name": "a", "type": "float", "shape": 64}]})";
  EXPECT_EQ(kernel_refusal(
                R"({"text": "kernel void add(int a, int b) {}\nkernel void add(global float* a) {})" + rest),
            "");
  EXPECT_EQ(kernel_refusal(R"({"text": "kernel void add(PARAMETERS) {})" + rest), "");
  EXPECT_EQ(kernel_refusal(
                R"({"text": "// kernel void add(int a, int b)\nkernel void add(global float* a) {})" + rest),
            "");
}

TEST(KernelFile, RefusesANumberOfAnotherKindThanTheParameter) {
  const auto json = [](const std::string& parameters, const std::string& arguments) {
    return R"({"text": "kernel void add()" + parameters + R"() {}", "language": "opencl", "entry": "add",
               "groups": 1, "group": 1, "arguments": [)" +
           arguments + "]}";
  };
  const std::string number = R"({"name": "n", "type": "int32", "value": 3})";
  EXPECT_EQ(kernel_refusal(json("unsigned int n", number)), "");
  EXPECT_EQ(kernel_refusal(json("real n", number)), "");
  EXPECT_THAT(kernel_refusal(json("const float n", number)),
              HasSubstr("argument n: add takes a number of the type float32 there, and a int32 is passed"));
  EXPECT_THAT(kernel_refusal(json("long n", number)), HasSubstr("the type int64"));
  EXPECT_THAT(kernel_refusal(json("global const int *n", number)), HasSubstr("takes an array of int32"));
  const std::string array = R"({"name": "a", "type": "float32", "shape": 8})";
  EXPECT_THAT(kernel_refusal(json("float a", array)), HasSubstr("and an array is passed"));
  EXPECT_THAT(describe_kernel(json("global float4 *restrict a", array)).value().notes(),
              Not(::testing::Contains(HasSubstr("add takes"))));
  EXPECT_THAT(describe_kernel(json("global const unsigned char *a", array)).value().notes(),
              ::testing::Contains("add takes uint8 for the argument a, whose data are float32"));
}

TEST(KernelFile, CopiesAnArgumentToASymbolOfCudaAndPassesItOnlyWhereItFits) {
  const auto json = [](const std::string& parameters) {
    return R"({"text": "__constant__ float f[9]; __global__ void add()" + parameters +
           R"() {}", "language": "cuda", "entry": "add", "groups": 1, "group": 1,
               "arguments": [{"name": "a", "type": "float", "shape": 64},
                             {"name": "f", "type": "float", "shape": 9, "symbol": "f"}]})";
  };
  const KernelProgram copied = program_with(json("float* a"), {});
  EXPECT_THAT(copied.launches.at(0).arguments, ElementsAre(0));
  ASSERT_EQ(copied.symbols.size(), 1);
  EXPECT_EQ(copied.symbols[0].name, "f");
  EXPECT_EQ(copied.symbols[0].argument, 1);
  EXPECT_THAT(program_with(json("float* a, float* f"), {}).launches.at(0).arguments, ElementsAre(0, 1));
}

TEST(KernelFile, RefusesASymbolThatTheSourceDoesNotHave) {
  EXPECT_THAT(
      kernel_refusal(R"({"text": "__global__ void add(float* a) { f; }", "language": "cuda", "entry": "add",
      "groups": 1, "group": 1, "arguments": [{"name": "a", "type": "float", "shape": 64, "symbol": "f"}]})"),
      HasSubstr("argument a, symbol: kernel has no __constant__ array \"f\""));
}

TEST(KernelFile, CountsParametersBehindAttributesAndLinesOfThePreprocessor) {
  EXPECT_THAT(kernel_refusal(
                  R"({"text": "__global__ void\n#if tile\n__launch_bounds__(2, (3))\n#endif\nadd(int a) {}",
      "language": "cuda", "entry": "add", "groups": 1, "group": 1, "arguments": []})"),
              HasSubstr("add takes 1 parameter"));
  EXPECT_THAT(
      kernel_refusal(R"({"text": "kernel __attribute__((reqd_work_group_size(1, 1, 1))) void add(int a) {}",
      "language": "opencl", "entry": "add", "groups": 1, "group": 1, "arguments": []})"),
      HasSubstr("add takes 1 parameter"));
}

TEST(KernelFile, DropsEmptyOptionsAndSaysSo) {
  const auto kernel = describe_kernel(sized_kernel_json(R"("options": ["-cl-mad-enable", ""])")).value();
  EXPECT_THAT(kernel.program(kernel_space(), kernel_config({})).value().source.options,
              ElementsAre("-cl-mad-enable"));
  EXPECT_THAT(kernel.notes(), ::testing::Contains(HasSubstr("an empty option")));
}

TEST(KernelFile, SaysWhichKnobsTheSourceDoesNotSee) {
  const auto kernel =
      describe_kernel(R"({"text": "#define tile 3\nkernel void add(global float* a) { bx; zero; }",
      "language": "opencl", "entry": "add", "groups": "k[0]", "group": 1,
      "arguments": [{"name": "a", "type": "float", "shape": 64}]})")
          .value();
  EXPECT_THAT(kernel.notes(), ElementsAre("kernel defines tile itself, so the knob may be without effect",
                                          "kernel does not name the knob layout"));
}

TEST(KernelFile, KeepsAReferenceOfTheSameArguments) {
  const auto kernel =
      describe_kernel(
          sized_kernel_json(R"("reference": {"text": "kernel void slow(global float* a, int n) {}",
      "language": "opencl", "entry": "slow", "groups": 2, "group": 32, "defines": {"N": 7}})"))
          .value();
  ASSERT_TRUE(kernel.reference());
  EXPECT_THAT(kernel.reference()->source.text, HasSubstr("#define N 7\n#line"));
  EXPECT_THAT(kernel.reference()->source.text, Not(HasSubstr("bx")));
  EXPECT_EQ(kernel.reference()->launches.at(0).grid, (Grid{{2, 1, 1}, {32, 1, 1}}));
  EXPECT_THAT(
      kernel_refusal(sized_kernel_json(R"("reference": {"entry": "add", "groups": "bx", "group": 1})")),
      HasSubstr("reference, groups, x: \"bx\" names a knob"));
  EXPECT_FALSE(describe_kernel(sized_kernel_json("")).value().reference());
}

TEST(KernelFile, RefusesAValueOfSeveralLines) {
  const Space space = Space::create({name_knob("text", {"a\nb"})}).value();
  const auto kernel = KernelDescription::read(parse_json(kernel_json(""), "t").value(), "f", ".", space);
  EXPECT_THAT(kernel.error().message, HasSubstr("has several lines"));
}

TEST(KernelFile, HasSizesOfAtLeastOneOrNoProgramForEveryConfig) {
  const Space space = kernel_space();
  const std::vector<std::string> formulas = {
      "bx",        "bx - 16",  "tile * 3", "bx // zero", "zero", "64 - bx * tile",
      "bx / tile", "tile % 3", "2 ** bx",  "-bx"};
  EXPECT_TRUE(rc::check([&] {
    const auto draw = [&] { return *rc::gen::elementOf(formulas); };
    const std::string way = *rc::gen::elementOf(
        std::vector<std::string>{R"("groups": [")" + draw() + R"("])", R"("global": [")" + draw() + R"("])",
                                 R"("problem_size": [")" + draw() + R"(", 5], "grid_divisors": [[")" +
                                     draw() + R"(", 2], ")" + draw() + R"("])"});
    const auto kernel =
        describe_kernel(kernel_json(way + R"(, "group": [")" + draw() + R"(", ")" + draw() + R"("])"));
    RC_ASSERT(kernel.ok());
    const auto index = *rc::gen::inRange<uint64_t>(0, space.size());
    const auto program = kernel->program(space, space.config(index));
    if (!program.ok()) {
      RC_ASSERT(program.error().kind == ErrorKind::invalid_input);
      return;
    }
    for (size_t axis = 0; axis < 3; ++axis) {
      RC_ASSERT(program->launches.at(0).grid.group.at(axis) >= 1U);
      RC_ASSERT(program->launches.at(0).grid.groups.at(axis) >= 1U);
    }
  }));
}

TEST(KernelFileCheck, RefusesSizesThatNoKnobChangesAndNoLaunchHas) {
  EXPECT_THAT(
      kernel_refusal(sized_kernel_json(R"("shared_bytes": -4)")),
      HasSubstr("f.yaml, kernel, shared_bytes: \"-4\" is -4; a whole number of at least 0 is needed"));
  EXPECT_THAT(kernel_refusal(kernel_json(R"("constants": {"n": 0}, "problem_size": "n", "group": "bx")")),
              HasSubstr("f.yaml, kernel, problem_size, x: \"n\" is 0"));
  EXPECT_THAT(kernel_refusal(kernel_json(R"("problem_size": 64, "group": 0.5)")),
              HasSubstr("f.yaml, kernel, group, x: \"0.5\" is 0.5"));
  EXPECT_THAT(kernel_refusal(kernel_json(R"("problem_size": 64, "group": 4, "grid_divisors": [0])")),
              HasSubstr("grid_divisors, x: \"0\" is 0; a number above 0 is needed"));
}

TEST(KernelFileCheck, RefusesAConditionThatIsNoNumber) {
  for (const char* when : {"'yes'", "layout", "1 // 0"})
    EXPECT_THAT(kernel_refusal(sized_kernel_json(std::string(R"("launches": [{"entry": "add", "when": ")") +
                                                 when + R"("}])")),
                HasSubstr("f.yaml, kernel, launches, number 1, when: "))
        << when;
}

TEST(KernelFileCheck, RefusesNotesThatAreNoSentences) {
  for (const char* notes : {"5", "\"one\"", "[1]"})
    EXPECT_THAT(kernel_refusal(sized_kernel_json(std::string(R"("notes": )") + notes)),
                HasSubstr("f.yaml, kernel, notes: a list of sentences"));
}

TEST(KernelFileCheck, RefusesFoldersThatAreNotThere) {
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("include_folders": ["nowhere/at/all"])")),
              HasSubstr("f.yaml, kernel, include_folders: there is no folder "));
}

TEST(KernelFileCheck, SaysWhyAConstantHasNoValueYet) {
  EXPECT_THAT(
      kernel_refusal(sized_kernel_json(R"("constants": {"a": "b + 1", "b": "c", "c": "a"})")),
      HasSubstr("f.yaml, kernel, constants, a: these constants are defined by one another: a -> b -> c "
                "-> a; give one of them a number"));
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("constants": {"a": "a"})")), HasSubstr("a -> a;"));
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("constants": {"a": "b + 1", "b": 2})")),
              HasSubstr("constants, a: it names b, which stands behind it; move b in front of a"));
  EXPECT_THAT(kernel_refusal(sized_kernel_json(R"("constants": {"a": 1, "b": "a + zz"})")), HasSubstr("zz"));
}

DeviceFacts small_device() {
  DeviceFacts device;
  device.group_items = 64;
  device.group_sizes = {64, 64, 4};
  device.shared_bytes = 100;
  return device;
}

std::vector<std::string> texts_of(const std::vector<Constraint>& constraints) {
  std::vector<std::string> texts;
  for (const Constraint& one : constraints) texts.push_back(one.text);
  return texts;
}

TEST(KernelLimits, AreConstraintsOnTheKnobsThatFormulasName) {
  const auto kernel =
      describe_kernel(
          kernel_json(R"("problem_size": 64, "group": ["bx", "tile", "k"], "shared_bytes": "bx * tile")"))
          .value();
  const std::vector<Constraint> limits = kernel.limits(small_device()).value();
  EXPECT_THAT(texts_of(limits),
              ElementsAre("add: at most 64 items of a group", "add: at most 4 items of a group along z"));
  EXPECT_THAT(limits.at(0).knobs, ElementsAre("bx", "tile", "k"));
  const auto allows = [&](const std::vector<std::string>& values) {
    return kernel_space().constrained(limits).allows(kernel_config(values));
  };
  EXPECT_TRUE(allows({"bx=16", "tile=4", "k=8x1"}));
  EXPECT_FALSE(allows({"bx=32", "tile=4", "k=8x1"}));
  EXPECT_FALSE(allows({"bx=16", "tile=1", "k=1x8"}));
}

TEST(KernelLimits, LeaveOutWhatNoConfigExceeds) {
  EXPECT_THAT(texts_of(describe_kernel(sized_kernel_json("")).value().limits(small_device()).value()),
              IsEmpty());
}

TEST(KernelLimits, BoundTheSharedMemoryThatALaunchAsksFor) {
  const std::string json =
      R"({"text": "extern \"C\" __global__ void add(float* a) {}", "language": "cuda", "entry": "add",
          "problem_size": 64, "group": "bx", "arguments": [{"name": "a", "type": "float", "shape": 64}],
          "launches": [{"entry": "add", "shared_bytes": "4 * bx", "when": "zero"}]})";
  const std::vector<Constraint> limits = describe_kernel(json).value().limits(small_device()).value();
  EXPECT_THAT(texts_of(limits), ElementsAre("add: at most 100 bytes of shared memory"));
  EXPECT_TRUE(limits.at(0).holds(kernel_space(), kernel_config({"bx=32", "zero=0"})));
  EXPECT_FALSE(limits.at(0).holds(kernel_space(), kernel_config({"bx=32", "zero=1"})));
}

TEST(KernelLimits, RefuseWhatNoKnobChanges) {
  const auto kernel = describe_kernel(kernel_json(R"("problem_size": 64, "group": 128)")).value();
  const auto limits = kernel.limits(small_device());
  ASSERT_FALSE(limits.ok());
  EXPECT_EQ(limits.error().message,
            "f.yaml, kernel: no config fits the device, and no knob changes that: add: at most 64 items of a "
            "group");
}

}  // namespace
}  // namespace tamis::gpu
