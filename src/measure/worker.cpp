#include "measure/worker.h"

#include "measure/attempt.h"
#include "measure/pipe.h"
#include "measure/protocol.h"
#include "measure/shared_data.h"
#include "process/exit_status.h"
#include "space/membership.h"
#include "workload/data.h"

#include <chrono>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace tamis {
namespace {

/// How long a worker whose tuner has gone may take to end by itself.
constexpr std::chrono::seconds kFarewell{2};

Status send(int fd, const Message& message) { return write_frame(fd, encode(message), kNever); }

/// Everything a worker tries configs with.
struct Workbench {
  HelloMessage hello;
  std::unique_ptr<Target> target;
  Space space;
  std::unique_ptr<Device> device;
  WorkloadData data;
};

/// The data that the tuner shares, or else computed here.
WorkloadData obtain_data(const HelloMessage& hello) {
  if (hello.data_descriptor < 0) return make_data(hello.workload, hello.data_seed);
  const FileDescriptor file(hello.data_descriptor);  // not for what configs make
  Result<WorkloadData> data = read_shared_data(file.get(), hello.workload, hello.data_seed);
  return data.ok() ? std::move(*data) : make_data(hello.workload, hello.data_seed);
}

Result<Workbench> set_up(HelloMessage hello, const TargetFactory& make) {
  if (hello.version != kProtocolVersion)
    return unsupported(
        fmt::format("the tuner speaks protocol version {} and this worker version {}; use both programs "
                    "of one release",
                    hello.version, kProtocolVersion));
  Workbench bench;
  TAMIS_TRY(validate(hello.workload));
  TAMIS_ASSIGN(bench.target, make(hello.target_spec, hello.target_options));
  TAMIS_ASSIGN(bench.space, bench.target->space(hello.workload));
  TAMIS_ASSIGN(bench.device, bench.target->open_device({hello.slot}));
  bench.data = obtain_data(hello);
  bench.hello = std::move(hello);
  return bench;
}

/// Whether the choices exist in the space: a message is not trusted to say so.
Status check_config(const Space& space, const Config& config) {
  if (belongs(space, config)) return {};
  return corrupt("the config to try does not belong to the space of this target and workload");
}

Status serve_try(Workbench& bench, const TryMessage& request, int output_fd) {
  TAMIS_TRY(check_config(bench.space, request.config));
  const MeasureTask task{bench.target.get(), &bench.hello.workload, &bench.space};
  const AttemptOptions options{std::chrono::milliseconds(bench.hello.run_deadline_ms), request.save_program,
                               request.incumbent_ns};
  Status announced;
  const auto announce = [&](Phase phase) {
    if (Status sent = send(output_fd, PhaseMessage{phase}); !sent.ok()) announced = sent;
  };
  TAMIS_ASSIGN(Trial trial, attempt(task, *bench.device, bench.data, request.config, options, announce));
  TAMIS_TRY(announced);
  trial.number = request.number;
  return send(output_fd, ResultMessage{std::move(trial)});
}

/// The next message of the expected type; nothing when the tuner has closed the connection.
template <class Expected>
Result<std::optional<Expected>> receive(int input_fd, FrameBuffer& buffer) {
  TAMIS_ASSIGN(const std::optional<std::string> frame, read_frame(input_fd, buffer));
  if (!frame) return std::optional<Expected>();
  Result<Message> message = decode(*frame);
  if (!message.ok()) return message.error();
  if (auto* expected = std::get_if<Expected>(&*message)) return std::optional<Expected>(std::move(*expected));
  return corrupt(fmt::format("the message \"{}\" is out of turn", name_of(*message)));
}

Status serve(int input_fd, int output_fd, const TargetFactory& make) {
  FrameBuffer buffer;
  TAMIS_ASSIGN(auto hello, receive<HelloMessage>(input_fd, buffer));
  if (!hello) return {};
  TAMIS_ASSIGN(Workbench bench, set_up(std::move(*hello), make));
  TAMIS_TRY(send(output_fd, ReadyMessage{kProtocolVersion, knobs_fingerprint(bench.space)}));
  for (;;) {
    TAMIS_ASSIGN(const auto request, receive<TryMessage>(input_fd, buffer));
    if (!request) return {};
    TAMIS_TRY(serve_try(bench, *request, output_fd));
  }
}

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
  std::this_thread::sleep_for(kFarewell);
  kill_own_session();
}

}  // namespace

Status serve_worker(int input_fd, int output_fd, const TargetFactory& make) {
  Status served = serve(input_fd, output_fd, make);
  if (served.ok()) return served;
  // Should this not arrive either, the tuner still sees the process end and reads its standard error.
  if (Status sent = send(output_fd, FailedMessage{served.error()}); !sent.ok())
    return served.error().within(sent.error().message);
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
