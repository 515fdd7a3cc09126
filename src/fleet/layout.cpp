#include "fleet/layout.h"

#include "base/file.h"

#include <algorithm>
#include <array>
#include <random>

#include <fmt/format.h>
#include <unistd.h>

namespace tamis::fleet {
namespace {

/// How long the results of a tuner that went without a word are kept together with its consumer.
constexpr std::chrono::hours kUnusedConsumer{1};

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

const char* stream_of(Stage stage) {
  if (stage == Stage::build) return kBuildsStream;
  return stage == Stage::run ? kRunsStream : kJobsStream;
}

std::string job_subject(Stage stage, const std::string& queue, const std::string& session) {
  const char* kind = stage == Stage::build ? "builds" : stage == Stage::run ? "runs" : "jobs";
  return fmt::format("tamis.{}.{}.{}", kind, queue, session);
}

std::string result_subject(const std::string& session) { return "tamis.results." + session; }

std::string known_subject(const std::string& session) { return "tamis.known." + session; }

ConsumerPlan jobs_of_queue(Stage stage, const std::string& queue) {
  return {stream_of(stage), queue, job_subject(stage, queue, "*"), kLease, kMostDeliveries};
}

ConsumerPlan results_of_session(const std::string& session) {
  return {kResultsStream, session, result_subject(session), kLease, -1, kUnusedConsumer};
}

Result<Buckets> ensure_layout(Connection& connection) {
  TAMIS_TRY(connection.ensure(kJobs));
  TAMIS_TRY(connection.ensure(kBuilds));
  TAMIS_TRY(connection.ensure(kRuns));
  TAMIS_TRY(connection.ensure(kResults));
  TAMIS_ASSIGN(Bucket tasks, connection.ensure(kTasks));
  TAMIS_ASSIGN(Bucket programs, connection.ensure(kPrograms));
  TAMIS_ASSIGN(Bucket devices, connection.ensure(kDevices));
  TAMIS_ASSIGN(Bucket leases, connection.ensure(kLeases));
  TAMIS_ASSIGN(Bucket orders, connection.ensure(kOrders));
  TAMIS_ASSIGN(Bucket faults, connection.ensure(kFaults));
  TAMIS_ASSIGN(Bucket tuners, connection.ensure(kTuners));
  return Buckets{std::move(tasks),  std::move(programs), std::move(devices), std::move(leases),
                 std::move(orders), std::move(faults),   std::move(tuners)};
}

Status check_name(const std::string& name, const char* what, bool with_points) {
  const auto is_fit = [&](char c) { return is_plain(c) || (with_points && c == '.'); };
  const bool fits = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), is_fit);
  // The server takes no empty part between points.
  if (fits && name.front() != '.' && name.back() != '.' && name.find("..") == std::string::npos) return {};
  return invalid_input(fmt::format("{} \"{}\" must have 1 to 64 letters, digits, \"-\"{} \"_\"{}", what, name,
                                   with_points ? "," : " or", with_points ? " or \".\" between them" : ""));
}

std::string new_id() {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device source;  // not of the seed: two runs of the same session must differ
  std::string id;
  for (int i = 0; i < 16; ++i) id += kDigits[source() % kDigits.size()];
  return id;
}

std::string machine_id() {
  std::string id;
  for (const char* path : {"/proc/sys/kernel/random/boot_id"})
    if (const auto text = read_file(path); text.ok()) id += text->substr(0, text->find('\n'));
  std::array<char, 64> space{};
  const ssize_t length = ::readlink("/proc/self/ns/pid", space.data(), space.size());
  if (length > 0) id.append(space.data(), static_cast<size_t>(length));
  return id;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "host";
  std::string plain(name.data());
  plain = plain.substr(0, std::min<size_t>(plain.find('.'), 32));
  for (char& c : plain)
    if (!is_plain(c)) c = '-';
  return plain.empty() ? "host" : plain;
}

}  // namespace tamis::fleet
