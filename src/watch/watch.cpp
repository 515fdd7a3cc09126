#include "watch/watch.h"

#include "watch/admission.h"
#include "watch/documents.h"
#include "watch/events.h"
#include "watch/follower.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace tamis::watch {

struct Watch::State {
  State(const WatchOptions& options, std::string run)
      : interval(options.interval),
        events(std::move(run)),
        follower(options.logs, events, options.hold_back) {}

  void follow(const std::stop_token& stop);

  const std::chrono::milliseconds interval;
  EventRing events;
  Follower follower;
  Documents documents{follower, events};
  std::optional<Server> server;
  std::jthread follows;  // ends first
};

void Watch::State::follow(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (!never.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) {
    if (server->open_streams() == 0) continue;
    follower.look();
    documents.renew_if_outgrown();
  }
}

Watch::Watch(std::unique_ptr<State> state) : state_(std::move(state)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

const std::string& Watch::address() const { return state_->server->address(); }

Result<Watch> Watch::start(const WatchOptions& options) {
  TAMIS_ASSIGN(std::string run, random_token());
  auto state = std::make_unique<State>(options, run.substr(0, 8));
  State& all = *state;
  TAMIS_ASSIGN(all.server,
               Server::start(options.server, {[&all] { return all.documents.page(); },
                                              [&all] { return all.documents.document(); }, &all.events}));
  all.follows = std::jthread([&all](const std::stop_token& stop) { all.follow(stop); });
  return Watch(std::move(state));
}

}  // namespace tamis::watch
