#pragma once

#include "fleet/equality.h"
#include "fleet/hub.h"
#include "tamis/measurer.h"
#include "tamis/task.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace tamis::fleet {

/// Tries configs on the devices of a fleet: keeps so many jobs given away as its share of the devices is,
/// takes the first result of each, and gives a job away again that was passed on or lost. Used by one thread
/// at a time.
class FleetMeasurer final : public Measurer {
 public:
  /// `digest` names the task to workers, `fit` says which of them get jobs.
  FleetMeasurer(std::shared_ptr<Hub> hub, SharedTask task, const MeasureOptions& options, std::string digest,
                Fit fit)
      : hub_(std::move(hub)),
        task_(std::move(task)),
        options_(options),
        digest_(std::move(digest)),
        fit_(std::move(fit)) {}

  Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                 std::stop_token stop) override;
  Status measure_from(RequestSource& source, const std::function<Status(Trial)>& finished,
                      std::stop_token stop) override;
  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override;

 private:
  enum class Part { open, built, done, passed };
  struct GivenJob {
    Job job;
    std::vector<MeasureRequest> requests;
    std::vector<Part> parts;
    std::vector<Trial> built;            // of the requests that were built apart
    std::vector<ProgramPlace> programs;  // and where their programs are
    bool unbuilt = false;                // whether a program was not there
    uint64_t sequence = 0;               // of its message
    int64_t seen_ns = 0;                 // when it was sent, or a device was last seen at it
    int suspicions = 0;                  // how often in a row it seemed to be lost
  };
  using Finished = std::function<Status(Trial)>;

  Status run(const std::function<Status(const Shares&, bool&)>& feed, const Finished& finished,
             const std::stop_token& stop);
  Status give(std::vector<MeasureRequest> requests, const QueueShare& to, uint64_t passes,
              const std::stop_token& stop);
  Status send(GivenJob given, const std::stop_token& stop);
  Status give_built(GivenJob given, const std::stop_token& stop);
  Status give_again(GivenJob lost, const std::stop_token& stop, bool counts = true);
  std::optional<QueueShare> freest_queue(const Shares& shares, size_t* free) const;
  Status take(News news, const Finished& finished, const std::stop_token& stop);
  Status take_report(const Report& report, const Finished& finished, const std::stop_token& stop);
  Status take_result(const Report& report, GivenJob& given, const Finished& finished);
  void take_reference(const Report& report);
  void correct(Trial& trial) const;
  Status take_built(const Report& report, GivenJob& given, Trial trial, const Finished& finished);
  Status take_lost(const LostJob& job, const Finished& finished, const std::stop_token& stop);
  Status close(uint64_t id, const std::stop_token& stop);
  Status look_after(const Shares& shares, const std::stop_token& stop);
  void note_ask(int64_t took_ns, size_t configs);
  Status take_failure(const Report& report, const std::stop_token& stop);
  Status check_devices(const Shares& shares);
  void tell_once(const std::string& sentence);

  std::shared_ptr<Hub> hub_;
  SharedTask task_;
  MeasureOptions options_;
  std::string digest_;
  Fit fit_;
  std::map<uint64_t, GivenJob> given_;  // by their jobs' ids
  std::optional<Config> reference_;     // what devices are compared by; the first that was valid
  ProgramPlace reference_program_;      // where it was built apart
  Equality equality_;
  std::map<std::string, uint64_t> last_referring_;  // by devices, the last job that brought a reference
  double mean_ask_ns_ = 0;                          // how long the search takes for a config
  double mean_trial_ns_ = 0;
  int64_t looked_ns_ = 0;
  int64_t none_since_ns_ = 0;
  std::set<std::string> told_;           // what people were told once
  std::map<std::string, Error> failed_;  // by devices, why they cannot try configs of this task
};

}  // namespace tamis::fleet
