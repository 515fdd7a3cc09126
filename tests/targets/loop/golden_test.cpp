// Programs as they are printed after each transformation, and lowered. TAMIS_UPDATE_GOLDEN=1 writes the files
// anew: read the difference before committing it.
#include "base/file.h"
#include "targets/loop/statement.h"
#include "targets/loop/transform.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace tamis::loop {
namespace {

Affine index_of(const char* name) { return Affine::variable(name); }

/// output[m, n] = max(0, bias[n] + the sum over k of a[m, k] * b[k, n]).
Program product() {
  Stage stage;
  stage.name = "multiply";
  stage.loops = {{"m", 7}, {"n", 20}, {"k", 10, true}};
  stage.tile_depth = 2;
  stage.output = {"output", {index_of("m"), index_of("n")}};
  stage.initial = Value::load({"bias", {index_of("n")}});
  stage.update =
      Value::multiply_add(Value::load({"a", {index_of("m"), index_of("k")}}),
                          Value::load({"b", {index_of("k"), index_of("n")}}), Value::accumulated());
  stage.finish = Value::of(Value::Kind::maximum, Value::accumulated(), Value::constant(0));
  return {"run",
          {{"a", Element::float32, {7, 10}},
           {"b", Element::float32, {10, 20}},
           {"bias", Element::float32, {20}},
           {"output", Element::float32, {7, 20}, Storage::argument, true}},
          {{{}, {stage}}}};
}

/// A copy with padding, int8 to uint8, into memory of each thread and back.
Program padded_copy() {
  const Affine row = index_of("y") - Affine(1);
  const Value shifted = Value::convert(Value::load({"input", {row}}, Element::int8), Element::int32) +
                        Value::constant(128, Element::int32);
  Stage copy;
  copy.name = "copy";
  copy.loops = {{"y", 6}};
  copy.output = {"copied", {index_of("y")}};
  copy.finish = Value::guarded({row, Affine(3) - row}, Value::convert(shifted, Element::uint8),
                               Value::constant(128, Element::uint8));
  Stage back;
  back.name = "use";
  back.loops = {{"x", 8}};
  back.output = {"output", {6 * index_of("n") + index_of("x")}};
  back.finish = Value::load({"copied", {index_of("x")}}, Element::uint8);
  back.store_if = {Affine(5) - index_of("x")};
  return {"run",
          {{"input", Element::int8, {4}},
           {"output", Element::uint8, {18}, Storage::argument, true},
           {"copied", Element::uint8, {8}, Storage::thread_workspace}},
          {{{{"n", 3, false, LoopKind::parallel}}, {copy, back}}}};
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(TAMIS_TEST_DATA) + "/golden/cpu_" + name + ".txt";
  if (std::getenv("TAMIS_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file(path, text).ok());
    return;
  }
  const Result<std::string> expected = read_file(path);
  ASSERT_TRUE(expected.ok()) << expected.error().message;
  EXPECT_EQ(text, *expected) << "the program of " << name << " changed";
}

std::string listing(const Trace& trace, const Program& program) {
  std::string text;
  for (const Trace::Step& step : trace.steps) text += "# " + step.what + "\n" + step.program + "\n";
  return text + "# lowered\n" + to_string(lower(program));
}

TEST(GoldenLoops, ProductInRegisterTiles) {
  Program program = product();
  Stage& stage = std::get<Stage>(program.nests.front().body.front());
  Trace trace;
  Scheduler scheduler(program, stage, &trace);
  scheduler.split("m", 4, "mo", "mi");
  scheduler.split("n", 8, "no", "nv");
  scheduler.reorder({"mo", "no", "k", "mi", "nv"});
  scheduler.vectorize("nv");
  scheduler.keep_in_registers("k");
  scheduler.parallelize("mo");
  expect_golden("product", listing(trace, program));
}

TEST(GoldenLoops, ProductWithPartialSums) {
  Program program = product();
  Stage& stage = std::get<Stage>(program.nests.front().body.front());
  Trace trace;
  Scheduler scheduler(program, stage, &trace);
  scheduler.split("k", 4, "ko", "ki");
  scheduler.split("n", 10, "no", "nv");
  scheduler.reorder({"ko", "m", "no", "ki", "nv"});
  scheduler.vectorize("nv");
  scheduler.unroll("ki");
  scheduler.keep_in_registers("ki");
  expect_golden("product_partial_sums", listing(trace, program));
}

TEST(GoldenLoops, ProductThatReadsAhead) {
  Program program = product();
  Stage& stage = std::get<Stage>(program.nests.front().body.front());
  Trace trace;
  Scheduler scheduler(program, stage, &trace);
  scheduler.split("m", 4, "mo", "mi");
  scheduler.split("n", 10, "no", "nv");
  scheduler.split("k", 5, "ko", "ki");
  scheduler.reorder({"no", "mo", "ko", "ki", "mi", "nv"});
  scheduler.vectorize("nv");
  scheduler.unroll("ki");
  scheduler.keep_in_registers("ko");
  program.buffers[1].extents = {2, 10, 10};
  const Affine k = 5 * index_of("ko") + index_of("ki");
  stage.update =
      Value::multiply_add(Value::load({"a", {4 * index_of("mo") + index_of("mi"), k}}),
                          Value::load({"b", {index_of("no"), k, index_of("nv")}}), Value::accumulated());
  read_ahead(stage, program.buffers[1]);
  scheduler.note("read b, which is packed, ahead");
  expect_golden("product_read_ahead", listing(trace, program));
}

TEST(GoldenLoops, CopyWithPadding) {
  const Program program = padded_copy();
  expect_golden("padded_copy", listing({{{"as it is", to_string(program)}}}, program));
}

}  // namespace
}  // namespace tamis::loop
