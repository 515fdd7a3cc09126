#pragma once

#include "tamis/log.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tamis {

/// A directory that goes with the test, and rows to fill logs with.
class LogTest : public testing::Test {
 protected:
  LogTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tamis-log-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    path_ = directory_ + "/tuning.db";
  }
  ~LogTest() override {
    std::error_code code;
    std::filesystem::remove_all(directory_, code);
  }

  static Space space() {
    return Space::create(
               {split_knob("tile", 56, 2), number_knob("unroll", {0, 4}), name_knob("layout", {"a", "b"})})
        .value();
  }
  static SessionRecord session() {
    SessionRecord record;
    record.target_spec = "vta";
    record.target_identity = "vta 1";
    record.workload.name = "resnet18.C2";
    record.workload.shape = {.n = 1, .ci = 64, .h = 56, .w = 56, .co = 64};
    record.knobs = knobs_to_text(space());
    record.space_fingerprint = space().fingerprint();
    record.strategy = "random";
    record.initializer = "none";
    record.seed = 0xffffffffffffffff;
    record.batch = 8;
    record.started_unix_ms = 1'700'000'000'000;
    return record;
  }
  static Trial trial(uint64_t number) {
    Trial trial;
    trial.number = number;
    trial.config = space().config(number % space().size());
    trial.measured = true;
    trial.costs = {1.0 / 3, 1e9 + static_cast<double>(number)};
    trial.features.set("cycles", 1000.0 + static_cast<double>(number));
    trial.features.set("bytes", 0.1);
    trial.device = "simulator";
    trial.proposer = "random";
    trial.build_ns = 5;
    trial.run_ns = 6;
    trial.finished_unix_ms = 1'700'000'000'001;
    return trial;
  }
  static Finals finals(uint64_t after_trials) {
    Finals finals;
    finals.after_trials = after_trials;
    finals.device = "core 1";
    finals.finished_unix_ms = 1'700'000'000'002;
    finals.finalists = {{3, Verdict::valid, "", 2, {1.0 / 3, 5}}, {1, Verdict::crashed, "died", 1, {}}};
    return finals;
  }
  /// Of the sessions 1 and 2.
  static NetworkRecord network() {
    return {1, "resnet18", 3, 1'700'000'000'003, {{0, 1, 4}, {2, 2, 1, std::array<uint64_t, 2>{0, 1}}}};
  }
  static std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Log open() const { return Log::open(path_, LogMode::read_write).value(); }

  std::string directory_, path_;
};

}  // namespace tamis
