#include "base/file.h"
#include "base/json.h"
#include "base/quantity.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "drawing/text_table.h"
#include "experiment/tuning_report.h"
#include "process/stop_on_signal.h"
#include "tamis/measurer.h"
#include "tamis/objective.h"
#include "tamis/task.h"
#include "targets/vta/driver/calibration.h"
#include "targets/vta/driver/calibration_task.h"

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cli {
namespace {

struct CalibrateArguments {
  std::string target = "vta";
  std::string device;
  std::optional<double> clock_mhz;
  std::string output;
  std::string program_time = "10ms";
  std::string run_timeout = "10s";
  int rounds = 7;
  bool json = false;
  bool quiet = false;
};

/// Runs calibration programs in a worker process, so that a driver that hangs or crashes is an error.
class DeviceMeter {
 public:
  static Result<DeviceMeter> make(const CalibrateArguments& arguments) {
    if (!arguments.device.starts_with("driver:"))
      return invalid_input(
          fmt::format("--device is \"{}\": only a device behind a driver has times to calibrate with; write "
                      "--device driver:LIBRARY",
                      arguments.device));
    TAMIS_ASSIGN(const auto target, make_target(arguments.target, {{"device", arguments.device}}));
    DeviceMeter meter;
    TAMIS_ASSIGN(meter.task_, bind_task(target, vta::calibration_workload()));
    const std::string& hardware = meter.task_->identity().subject;
    TAMIS_ASSIGN(const Json json, parse_json(hardware, arguments.target));
    TAMIS_ASSIGN(meter.hardware_, vta::hardware_from_json(json, arguments.target));
    MeasureOptions options;
    TAMIS_ASSIGN(options.run_deadline, parse_duration(arguments.run_timeout, "--run-timeout"));
    TAMIS_ASSIGN(meter.measurer_, make_measurer(meter.task_, options));
    return meter;
  }

  const vta::Hardware& hardware() const { return hardware_; }

  Result<std::vector<double>> measure(vta::Calibration program, uint64_t repeats,
                                      const std::stop_token& stop) {
    const std::vector<MeasureRequest> requests = {
        {number_++, vta::calibration_config(task_->space(), program, repeats), "calibrate"}};
    std::optional<Trial> trial;
    TAMIS_TRY(measurer_->measure_in_turn(
        requests,
        [&](Trial finished) {
          trial = std::move(finished);
          return Status();
        },
        stop));
    if (!trial) return Error{ErrorKind::interrupted, "interrupted; nothing was written"};
    if (trial->verdict == Verdict::valid) return std::move(trial->costs);
    const std::string advice =
        trial->verdict == Verdict::run_timeout ? "; give it more --run-timeout or less --program-time" : "";
    return io_error(
        fmt::format("the device cannot run the calibration program `{}` with {} repeats: {}: {}{}",
                    vta::describe(program).name, repeats, to_string(trial->verdict), trial->message, advice));
  }

 private:
  SharedTask task_;
  vta::Hardware hardware_;
  std::unique_ptr<Measurer> measurer_;
  uint64_t number_ = 0;
};

/// How far measuring is: a line that is redrawn on a terminal, elsewhere one in all.
class MeasuringLine {
 public:
  MeasuringLine(const Console& console, bool quiet) : console_(console), quiet_(quiet) {}
  ~MeasuringLine() {
    if (drawn_ && console_.live) console_.note("\r\033[K");
  }
  MeasuringLine(const MeasuringLine&) = delete;
  MeasuringLine& operator=(const MeasuringLine&) = delete;

  void update(size_t done, size_t total) {
    if (quiet_ || (drawn_ && !console_.live)) return;
    drawn_ = true;
    console_.note(console_.live ? fmt::format("\r\033[Kcalibrating  {}/{} measurements", done, total)
                                : fmt::format("calibrating: {} measurements\n", total));
  }
  /// All is measured.
  void fit() {
    if (!quiet_ && console_.live) console_.note("\r\033[Kcalibrating  fitting");
  }

 private:
  const Console& console_;
  bool quiet_;
  bool drawn_ = false;
};

template <class Number>
Json to_json(const vta::Fitted<Number>& fitted) {
  return {{"value", fitted.value}, {"low", fitted.low}, {"high", fitted.high}};
}

Json to_json(const std::vector<vta::CalibrationTime>& times, const vta::CalibrationFit& fit) {
  Json programs = Json::array();
  for (size_t i = 0; i < times.size(); ++i)
    programs.push_back({{"program", vta::describe(times[i].program).name},
                        {"repeats", times[i].repeats},
                        {"runs", times[i].runs},
                        {"ns", times[i].ns},
                        {"standard_error_ns", times[i].error_ns},
                        {"fitted_ns", times[i].ns * (1 + fit.errors[i])}});
  Json kinds = Json::array();
  for (const vta::MemoryKind kind : fit.kinds) kinds.push_back(vta::to_string(kind));
  return {{"profile", vta::to_json(fit.profile)},
          {"clock_mhz", to_json(fit.clock_mhz)},
          {"read_latency", to_json(fit.read_latency)},
          {"write_latency", to_json(fit.write_latency)},
          {"burst_beats", to_json(fit.burst_beats)},
          {"outstanding_reads", to_json(fit.outstanding_reads)},
          {"memory", std::move(kinds)},
          {"not_fitted", {"INSTRUCTION_BATCH"}},
          {"launch_ns", fit.launch_ns},
          {"error", fit.error},
          {"noise", fit.noise},
          {"explains_times", fit.explains_times()},
          {"programs", std::move(programs)}};
}

/// What the range of a number means to its reader.
std::string remark(const vta::Fitted<uint64_t>& fitted, uint64_t most) {
  if (fitted.low == fitted.high) return "";
  if (fitted.high == most) return "more than the least makes no difference to what was measured";
  return "the times cannot tell these apart";
}

std::string draw_numbers(const vta::CalibrationFit& fit) {
  TextTable table({"", "fitted", "from", "to", ""}, {0, 4});
  const auto row = [&](const char* name, const vta::Fitted<uint64_t>& fitted, uint64_t most) {
    table.add_row({name, fmt::format("{}", fitted.value), fmt::format("{}", fitted.low),
                   fmt::format("{}", fitted.high), remark(fitted, most)});
  };
  row("read latency, cycles", fit.read_latency, vta::kMostLatency);
  row("write latency, cycles", fit.write_latency, vta::kMostLatency);
  row("burst, beats", fit.burst_beats, ~uint64_t{0});
  row("outstanding reads", fit.outstanding_reads, vta::kMostOutstandingReads);
  table.add_row({"instructions a batch", fmt::format("{}", fit.profile.batch()), "", "",
                 "not fitted: half of a burst"});
  const vta::Fitted<double>& clock = fit.clock_mhz;
  table.add_row({"clock, MHz", fmt::format("{:.5g}", clock.value), fmt::format("{:.5g}", clock.low),
                 fmt::format("{:.5g}", clock.high), clock.low == clock.high ? "given" : ""});
  std::vector<std::string_view> others;
  for (size_t i = 1; i < fit.kinds.size(); ++i) others.push_back(vta::to_string(fit.kinds[i]));
  table.add_row({"memory", std::string(vta::to_string(fit.profile.kind)), "", "",
                 others.empty() ? "" : fmt::format("fits as well: {}", fmt::join(others, ", "))});
  table.add_row({"launching", format_latency(fit.launch_ns)});
  return table.draw();
}

std::string draw_programs(const std::vector<vta::CalibrationTime>& times, const vta::CalibrationFit& fit) {
  TextTable table({"program", "shows", "repeats", "measured", "+-", "fitted", "off"}, {0, 1});
  for (size_t i = 0; i < times.size(); ++i) {
    const vta::CalibrationTime& time = times[i];
    table.add_row({std::string(vta::describe(time.program).name),
                   std::string(vta::describe(time.program).shows), fmt::format("{}", time.repeats),
                   format_latency(time.ns), fmt::format("{:.2f} %", 100 * time.error_ns / time.ns),
                   format_latency(time.ns * (1 + fit.errors[i])),
                   fmt::format("{:+.2f} %", 100 * fit.errors[i])});
  }
  return table.draw();
}

std::string draw_use(const CalibrateArguments& arguments) {
  if (arguments.output.empty()) return "--output FILE keeps the profile for --profile FILE\n";
  return fmt::format("simulate this memory: tamis tune WORKLOAD --target {} --profile {}\n", arguments.target,
                     arguments.output);
}

std::string draw_times(const CalibrateArguments& arguments, const std::vector<vta::CalibrationTime>& times,
                       const vta::CalibrationFit& fit) {
  std::string text = draw_programs(times, fit) + "\n" + draw_numbers(fit) + "\n";
  text += fmt::format("error of the fit {:.2f} %, noise of the times {:.2f} %\n", 100 * fit.error,
                      100 * fit.noise);
  return text + draw_use(arguments);
}

std::string doubt(const vta::CalibrationFit& fit) {
  return fmt::format(
      "tamis: warning: no memory that tamis knows explains these times: the best, `{}`, is {:.1f} % off. "
      "Times of "
      "a simulator behind the driver are no cycles; a board may be disturbed, its memory be of another "
      "kind, or its FETCH read other batches than half a burst (INSTRUCTION_BATCH is not fitted)\n",
      vta::to_string(fit.profile.kind), 100 * fit.error);
}

std::string noise_warning(const vta::CalibrationFit& fit) {
  return fmt::format(
      "tamis: warning: the times of one program vary by {:.0f} %, too much to tell memories apart; close "
      "what else runs, or take more --rounds\n",
      100 * fit.noise);
}

Result<int> run_calibrate(const CalibrateArguments& arguments, const Console& console) {
  if (arguments.clock_mhz && !std::isfinite(*arguments.clock_mhz))
    return invalid_input(
        "--clock-mhz is no number; give the clock in MHz, or leave it out to have it fitted");
  const StopOnSignal signals;
  TAMIS_ASSIGN(DeviceMeter meter, DeviceMeter::make(arguments));
  vta::CalibrationPlan plan;
  TAMIS_ASSIGN(const auto program_time, parse_duration(arguments.program_time, "--program-time"));
  plan.program_ns = std::chrono::duration<double, std::nano>(program_time).count();
  plan.rounds = arguments.rounds;
  std::vector<vta::CalibrationTime> times;
  vta::CalibrationFit fit;
  {
    MeasuringLine line(console, arguments.quiet);
    plan.progress = [&](size_t done, size_t total) { line.update(done, total); };
    TAMIS_ASSIGN(times, vta::measure_calibration(meter.hardware(), plan,
                                                 [&](vta::Calibration program, uint64_t repeats) {
                                                   return meter.measure(program, repeats, signals.token());
                                                 }));
    line.fit();
    TAMIS_ASSIGN(fit, vta::fit_calibration(meter.hardware(), times, arguments.clock_mhz, signals.token()));
  }
  if (fit.too_noisy())
    console.note(noise_warning(fit));
  else if (!fit.explains_times())
    console.note(doubt(fit));
  const std::string text =
      arguments.json ? to_json(times, fit).dump(2) + "\n" : draw_times(arguments, times, fit);
  const int code = finish(console, text, fit.explains_times() ? kDone : kNothingValid);
  // After the tables, so that what took long to measure is seen even where the file cannot be written.
  if (!arguments.output.empty())
    TAMIS_TRY(write_file(arguments.output, vta::to_json(fit.profile).dump(2) + "\n"));
  return code;
}

}  // namespace

Action configure_calibrate(CLI::App& app) {
  auto arguments = std::make_shared<CalibrateArguments>();
  app.add_option("--device", arguments->device, "driver:LIBRARY, the device to calibrate")->required();
  app.add_option("--target", arguments->target, "vta, or vta:FILE with the device's vta_config.json")
      ->capture_default_str();
  app.add_option("--clock-mhz", arguments->clock_mhz, "the device's clock; fitted, too, if not given")
      ->check(CLI::Range(1e-3, 1e5));
  app.add_option("--output", arguments->output, "the file that gets the profile, for --profile");
  app.add_option("--rounds", arguments->rounds, "how often every program is measured, three runs each time")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--program-time", arguments->program_time, "how long a program is to run, roughly: 10ms, 1s")
      ->capture_default_str();
  app.add_option("--run-timeout", arguments->run_timeout, "how long three runs of a program may take")
      ->capture_default_str();
  add_json(app, arguments->json);
  app.add_flag("--quiet", arguments->quiet, "no progress");
  return [arguments](const Console& console) {
    const Result<int> code = run_calibrate(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
