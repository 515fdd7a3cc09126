// What the engines of VTA do: everything adds up to the cycles that were measured.

#include "experiment/report/programs.h"

#include "base/bytes.h"
#include "experiment/report/subject_testing.h"
#include "targets/vta/isa/hardware.h"

#include <cstring>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::report {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// The elements of a column of whole numbers without differences.
std::vector<uint32_t> decode(const Json& column, size_t count) {
  if (column.contains("all")) return std::vector<uint32_t>(count, column.at("all").get<uint32_t>());
  const std::string bytes = from_base64(column.at("data").get<std::string>(), "a column").value();
  const std::string type = column.at("type");
  const size_t size = type == "u8" ? 1 : type == "u16" ? 2 : 4;
  std::vector<uint32_t> elements(bytes.size() / size);
  for (size_t i = 0; i < elements.size(); ++i) std::memcpy(&elements[i], bytes.data() + i * size, size);
  EXPECT_EQ(elements.size(), count);
  return elements;
}

size_t count_of(const Json& row) {
  return from_base64(row.at("kind").at("data").get<std::string>(), "a column").value().size();
}

void expect_engines_add_up(const Json& program) {
  ASSERT_THAT(program.at("engines"), SizeIs(4));
  double on_path = 0;
  for (const Json& engine : program.at("engines")) {
    uint64_t sum = 0;
    for (const Json& part : engine.at("parts")) sum += part.at("cycles").get<uint64_t>();
    EXPECT_EQ(sum, program.at("cycles").get<uint64_t>()) << engine.at("name");
    on_path += engine.at("on_path").get<double>();
  }
  EXPECT_NEAR(on_path, 1.0, 1e-9);  // the critical path covers all cycles
}

/// Spans follow one another within the cycles; how many there are in all.
size_t expect_rows_in_order(const Json& program) {
  const Json& timeline = program.at("timeline");
  size_t spans = 0;
  for (const Json& row : timeline.at("rows")) {
    const size_t count = count_of(row);
    const auto start = decode(row.at("start"), count), length = decode(row.at("length"), count);
    const auto kind = decode(row.at("kind"), count);
    uint64_t end = 0;
    for (size_t i = 0; i < count; ++i) {
      EXPECT_GE(start[i], end);
      EXPECT_GT(length[i], 0U);
      EXPECT_LT(kind[i], timeline.at("kinds").size());
      end = uint64_t{start[i]} + length[i];
    }
    EXPECT_LE(end, program.at("cycles").get<uint64_t>());
    spans += count;
  }
  return spans;
}

/// Of what is no wait and no merging, the cycles of the rows are those of the parts.
void expect_rows_agree_with_parts(const Json& program) {
  const Json& timeline = program.at("timeline");
  for (size_t i = 0; i < program.at("engines").size(); ++i) {
    const Json& row = timeline.at("rows").at(i);
    const size_t count = count_of(row);
    const auto length = decode(row.at("length"), count), kind = decode(row.at("kind"), count);
    std::map<std::string, uint64_t> cycles;
    for (size_t span = 0; span < count; ++span)
      cycles[timeline.at("kinds").at(kind[span]).at("name").get<std::string>()] += length[span];
    for (const Json& part : program.at("engines").at(i).at("parts"))
      if (part.at("name") != "idle") {
        EXPECT_EQ(cycles[part.at("name").get<std::string>()], part.at("cycles").get<uint64_t>());
      }
  }
}

constexpr const char* kSmallWorkload = "conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1";

TEST(ProgramsOfAReport, HaveTheCyclesThatWereMeasured) {
  std::vector<Subject> subjects;
  for (const char* space : {"template", "wide"})
    for (const char* spec :
         {kSmallWorkload, "dense:ci=256,co=64", "depthwise_conv2d:ci=32,h=8,w=8,k=3,pad=1"})
      for (const char* design : {"vta", "vta:hls", "vta:fsim"})
        subjects.push_back(samples::subject_on_vta(*samples::task_of(design, spec, {{"space", space}}), 24));
  const Part part = programs_of(subjects, {.programs = 100});
  ASSERT_EQ(part.data.size(), subjects.size()) << part.missing << part.how;
  std::stable_sort(subjects.begin(), subjects.end(),
                   [](const Subject& a, const Subject& b) { return a.best->cost() > b.best->cost(); });
  for (size_t i = 0; i < subjects.size(); ++i) {
    const Json& program = part.data.at(i);
    EXPECT_EQ(program.at("title"), "The best config of " + subjects[i].workload.name);
    EXPECT_EQ(program.at("clock_mhz"), 100);
    EXPECT_EQ(program.at("cycles").get<double>() * 10, subjects[i].best->cost());
    EXPECT_EQ(program.at("floor_cycles").get<double>(), subjects[i].best->features.get("gemm_uops"));
    EXPECT_THAT(program.at("sentence").get<std::string>(), StartsWith("Bound by "));
    EXPECT_THAT(program.at("sentence").get<std::string>(), ::testing::Not(HasSubstr("Simulated")));
    EXPECT_FALSE(program.at("hints").empty());
    expect_engines_add_up(program);
    expect_rows_in_order(program);
    expect_rows_agree_with_parts(program);
  }
}

TEST(ProgramsOfAReport, AreTheLongestOfMany) {
  std::vector<Subject> subjects;
  for (const char* size : {"4", "16", "8"})
    subjects.push_back(samples::subject_on_vta(
        *samples::task_of("vta", std::string("conv2d:ci=16,w=8,co=16,k=3,pad=1,h=") + size), 4));
  const Part part = programs_of(subjects, {.programs = 2});
  ASSERT_THAT(part.data, SizeIs(2));
  EXPECT_EQ(part.data.at(0).at("title"), "The best config of " + subjects[1].workload.name);
  EXPECT_EQ(part.data.at(1).at("title"), "The best config of " + subjects[2].workload.name);
  EXPECT_THAT(part.how, HasSubstr("Of 1 further program"));
}

TEST(ProgramsOfAReport, AreAsManyAsTheirInstructionsAllow) {
  std::vector<Subject> subjects = {samples::subject_on_vta(*samples::task_of("vta", kSmallWorkload), 1),
                                   samples::subject_on_vta(*samples::task_of("vta", "dense:ci=64,co=64"), 4)};
  const auto most = static_cast<uint64_t>(subjects[0].best->features.get("instructions"));
  ASSERT_GT(subjects[0].best->cost(), subjects[1].best->cost());
  EXPECT_THAT(programs_of(subjects, {.instructions = most}).data, SizeIs(1));
  // A long one is passed over, a shorter one may have room.
  const Part shorter = programs_of(subjects, {.instructions = most - 1});
  ASSERT_THAT(shorter.data, SizeIs(1));
  EXPECT_EQ(shorter.data.at(0).at("title"), "The best config of " + subjects[1].workload.name);
  // Also where only building tells.
  for (Subject& subject : subjects) subject.best->features = {};
  EXPECT_EQ(programs_of(subjects, {.instructions = most - 1}).data, shorter.data);
  EXPECT_EQ(programs_of(subjects, {.instructions = 1}).missing,
            "The programs are too long to be simulated here.");
}

TEST(ProgramsOfAReport, JoinShortSpansWhereThereAreTooMany) {
  const std::vector<Subject> subjects = {
      samples::subject_on_vta(*samples::task_of("vta", kSmallWorkload), 1)};
  const Part whole = programs_of(subjects);
  const Part joined = programs_of(subjects, {.spans = 200, .pixels = 400});
  const size_t all = expect_rows_in_order(whole.data.at(0));
  ASSERT_GT(all, 200U);
  EXPECT_LE(expect_rows_in_order(joined.data.at(0)), 200U);
  EXPECT_EQ(joined.data.at(0).at("engines"), whole.data.at(0).at("engines"));
  EXPECT_THAT(joined.data.at(0).at("hints").back().get<std::string>(), HasSubstr("joins neighbours"));
}

TEST(ProgramsOfAReport, AreSimulatedWhereADriverRanThem) {
  const SharedTask task = samples::task_of("vta", kSmallWorkload, {{"device", "driver:/nowhere/libvta.so"}});
  Subject subject = samples::subject_on_vta(*task, 4);
  subject.best->costs = {123456};
  const Part part = programs_of(std::vector{subject});
  ASSERT_THAT(part.data, SizeIs(1)) << part.missing;
  EXPECT_THAT(part.data.at(0).at("sentence").get<std::string>(),
              HasSubstr("measured on driver:/nowhere/libvta.so: 123.5 us"));
}

TEST(ProgramsOfAReport, SayWhyThereAreNone) {
  EXPECT_EQ(programs_of({}).missing, "");
  const SharedTask task = samples::task_of("vta", kSmallWorkload);
  Subject without = samples::subject_of(*task);
  EXPECT_THAT(programs_of(std::vector{without}).missing, HasSubstr("No config was valid"));

  Subject good = samples::subject_on_vta(*task, 4);
  Subject older = good;
  older.target_identity.replace(older.target_identity.find("generation="), std::string::npos, "generation=1");
  EXPECT_THAT(programs_of(std::vector{older}).missing, HasSubstr("generation 1 instead of"));
  Subject other = good;
  other.space = Space::create({number_knob("tile_h", {1, 2})}).value();
  other.best->config = other.space.config(0);
  EXPECT_THAT(programs_of(std::vector{other}).missing, HasSubstr("its knobs are not those"));
  Subject foreign = good;
  foreign.target_identity = "vta 1x16x16";
  EXPECT_THAT(programs_of(std::vector{foreign}).missing, HasSubstr("No program of "));
  EXPECT_TRUE(programs_of(std::vector{foreign}).data.is_null());

  const Part some = programs_of(std::vector{older, good});
  EXPECT_THAT(some.data, SizeIs(1));
  EXPECT_THAT(some.how, HasSubstr("generation 1 instead of"));

  Subject on_cpu = good;
  on_cpu.target_spec = "cpu";
  EXPECT_EQ(programs_of(std::vector{on_cpu}).missing, "");
}

}  // namespace
}  // namespace tamis::report
