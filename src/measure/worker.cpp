#include "tamis/worker.h"

#include "measure/attempt.h"
#include "measure/protocol.h"
#include "measure/shared_data.h"
#include "process/exit_status.h"
#include "tamis/data.h"
#include "tamis/space.h"
#include "tamis/task.h"

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace tamis {
namespace {

/// How long a worker whose tuner has gone may take to end by itself.
constexpr std::chrono::milliseconds kShutdownGrace{750};

/// The data that the tuner shares, or else computed here.
WorkloadData obtain_data(const HelloMessage& hello) {
  if (hello.data_descriptor < 0) return make_data(hello.workload, hello.data_seed);
  const FileDescriptor file(hello.data_descriptor);  // not for what configs make
  Result<WorkloadData> data = read_shared_data(file.get(), hello.workload, hello.data_seed);
  return data.ok() ? std::move(*data) : make_data(hello.workload, hello.data_seed);
}

/// One conversation with a tuner.
class Worker {
 public:
  Worker(int input_fd, int output_fd, const TargetFactory& make)
      : input_fd_(input_fd), output_fd_(output_fd), make_(make) {}

  Status serve() {
    TAMIS_ASSIGN(const auto hello, receive<HelloMessage>());
    if (!hello) return {};
    TAMIS_TRY(set_up(*hello));
    TAMIS_TRY(send(ReadyMessage{kProtocolVersion, knobs_fingerprint(task_->space())}));
    for (;;) {
      TAMIS_ASSIGN(const auto request, receive<TryMessage>());
      if (!request) return {};
      TAMIS_TRY(serve_try(*request));
    }
  }
  /// Whether what ended it is that its program does not know the target.
  bool unknown_target() const { return unknown_target_; }
  Status send(const Message& message) { return write_frame(output_fd_, encode(message), kNever); }

 private:
  /// The next message of the expected type; nothing when the tuner has closed the connection.
  template <class Expected>
  Result<std::optional<Expected>> receive() {
    TAMIS_ASSIGN(const std::optional<std::string> frame, read_frame(input_fd_, buffer_));
    if (!frame) return std::optional<Expected>();
    TAMIS_ASSIGN(Message message, decode(*frame));
    if (auto* expected = std::get_if<Expected>(&message))
      return std::optional<Expected>(std::move(*expected));
    return corrupt(fmt::format("the message \"{}\" is out of turn", name_of(message)));
  }

  Status set_up(const HelloMessage& hello) {
    if (hello.version != kProtocolVersion)
      return unsupported(
          fmt::format("the tuner speaks protocol version {} and this worker version {}; use both programs "
                      "of one release",
                      hello.version, kProtocolVersion));
    const auto target = make_(hello.target_spec, hello.settings);
    // The tuner made the same target, so what this program does not find is what it does not have.
    unknown_target_ = !target.ok() && target.error().kind == ErrorKind::not_found;
    if (!target.ok()) return target.error();
    TAMIS_ASSIGN(task_, bind_task(*target, hello.workload));
    if (hello.only_build) return {};
    TAMIS_ASSIGN(device_, (*target)->open_device({hello.slot}));
    data_ = obtain_data(hello);
    return {};
  }

  Status serve_try(const TryMessage& request) {
    // A message is not trusted to name values that exist.
    if (!belongs(task_->space(), request.config))
      return corrupt("the config to try does not belong to the space of this target and workload");
    Status announced;
    AttemptHooks hooks;
    hooks.announce = [&](Phase phase) {
      if (Status sent = send(PhaseMessage{phase}); !sent.ok()) announced = sent;
    };
    if (device_ == nullptr || request.keeps) {
      if (!request.program.empty()) return corrupt("a program came with a config that is only built");
      ResultMessage built{request.number, {}};
      TAMIS_ASSIGN(built.trial, attempt_build(*task_, request.config, hooks.announce,
                                              request.keeps ? &built.program : nullptr));
      TAMIS_TRY(announced);
      return send(built);
    }
    if (request.asks) hooks.find_same = [this](const std::string& code_hash) { return ask(code_hash); };
    hooks.alone = [this] { return wait_for_go(); };
    hooks.referring = [&](size_t number) {
      if (Status sent = send(ReferringMessage{number}); !sent.ok()) announced = sent;
    };
    hooks.referred = [&](const std::string& notice) {
      if (Status sent = send(ReferredMessage{notice}); !sent.ok()) announced = sent;
    };
    const std::string* program = request.program.empty() ? nullptr : &request.program;
    TAMIS_ASSIGN(Trial trial,
                 attempt(*task_, *device_, data_, request.config, request.options, hooks, program));
    TAMIS_TRY(announced);
    return send(ResultMessage{request.number, std::move(trial), device_->lost()});
  }

  /// The trial that ran this code, as the tuner knows.
  Result<std::optional<uint64_t>> ask(const std::string& code_hash) {
    TAMIS_TRY(send(BuiltMessage{code_hash}));
    TAMIS_ASSIGN(const auto decision, receive<DecisionMessage>());
    if (!decision) return io_error("the tuner has gone");
    return decision->same_code_as;
  }

  /// Returns when no other worker of the tuner's does anything.
  Status wait_for_go() {
    TAMIS_TRY(send(PhaseMessage{Phase::timing}));
    TAMIS_ASSIGN(const auto go, receive<GoMessage>());
    return go ? Status() : Status(io_error("the tuner has gone"));
  }

  int input_fd_;
  int output_fd_;
  const TargetFactory& make_;
  FrameBuffer buffer_;
  bool unknown_target_ = false;
  SharedTask task_;
  std::unique_ptr<Device> device_;  // none where configs are only built
  WorkloadData data_;
};

/// A close-on-exec duplicate of `fd` well above the standard streams.
int move_away(int fd) { return ::fcntl(fd, F_DUPFD_CLOEXEC, 10); }

/// Another descriptor of the connection for the thread that watches it, far from those that a config which
/// closes what it finds is likely to meet: closed under the thread, it would be taken for the tuner's end.
int descriptor_to_watch(int input_fd) {
  constexpr int kFarAway = 900;  // below the usual limit of 1024
  const int watched = ::fcntl(input_fd, F_DUPFD_CLOEXEC, kFarAway);
  return watched >= 0 ? watched : input_fd;
}

/// Waits for the tuner to go away; a worker that is then still busy would stay for ever, and its children
/// with it.
void kill_session_without_tuner(int input_fd) {
  pollfd connection{input_fd, 0, 0};  // POLLHUP is always reported
  while (::poll(&connection, 1, -1) < 0) {
  }
  std::this_thread::sleep_for(kShutdownGrace);
  kill_own_session();
}

}  // namespace

Status serve_worker(int input_fd, int output_fd, const TargetFactory& make) {
  Worker worker(input_fd, output_fd, make);
  Status served = worker.serve();
  if (served.ok()) return served;
  // Should this not arrive either, the tuner still sees the process end and reads its standard error.
  const FailedMessage failed{served.error(), worker.unknown_target()};
  if (Status sent = worker.send(failed); !sent.ok()) return served.error().within(sent.error().message);
  return served;
}

Status run_worker_program(const TargetFactory& make) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a program that is larger than files may be is an error of saving it
  const int input_fd = move_away(STDIN_FILENO);
  const int output_fd = move_away(STDOUT_FILENO);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (input_fd < 0 || output_fd < 0 || nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0 ||
      ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    return io_error("the standard streams cannot be set up; a worker is started by tamis, not by hand");
  ::close(nothing);
  // Only where this process leads its session is the session its own to kill.
  if (::getsid(0) == ::getpid())
    std::thread(kill_session_without_tuner, descriptor_to_watch(input_fd)).detach();
  return serve_worker(input_fd, output_fd, make);
}

}  // namespace tamis
