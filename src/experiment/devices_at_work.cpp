#include "experiment/devices_at_work.h"

#include <map>
#include <utility>
#include <vector>

namespace tamis {
namespace {

class DevicesAtWork final : public Measurer {
 public:
  DevicesAtWork(std::unique_ptr<Measurer> inner, uint64_t devices, TimeOf time_of)
      : inner_(std::move(inner)), devices_(devices), time_of_(std::move(time_of)) {}

  Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                 std::stop_token stop) override {
    return inner_->measure(requests, finished, std::move(stop));
  }

  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override {
    return inner_->measure_in_turn(requests, finished, std::move(stop));
  }

  Status measure_from(RequestSource& source, const std::function<Status(Trial)>& finished,
                      std::stop_token stop) override {
    double now = 0;
    // By when they end, those of the same time in the order in which they began.
    std::multimap<double, MeasureRequest> under_way;
    while (!stop.stop_requested()) {
      TAMIS_ASSIGN(std::vector<MeasureRequest> begun, source.next(devices_ - under_way.size()));
      for (MeasureRequest& request : begun) {
        const double end = now + time_of_(request.config);
        under_way.emplace(end, std::move(request));
      }
      if (under_way.empty()) break;
      const auto first = under_way.extract(under_way.begin());
      now = first.key();
      TAMIS_TRY(inner_->measure({&first.mapped(), 1}, finished, stop));
    }
    return {};
  }

 private:
  std::unique_ptr<Measurer> inner_;
  uint64_t devices_;
  TimeOf time_of_;
};

}  // namespace

std::unique_ptr<Measurer> devices_at_work(std::unique_ptr<Measurer> inner, uint64_t devices, TimeOf time_of) {
  return std::make_unique<DevicesAtWork>(std::move(inner), devices, std::move(time_of));
}

}  // namespace tamis
