#include "apps/worker_arguments.h"

#include "base/quantity.h"
#include "base/text.h"
#include "tamis/targets.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tamis::worker {
namespace {

/// More slots than a machine has devices.
constexpr int64_t kMostSlots = 1024;

using Take = Status (*)(FleetWorker& worker, const std::string& value);

/// A flag of the program's own.
struct Flag {
  std::string_view name;   ///< without dashes
  std::string_view value;  ///< what stands for its value in --help
  std::string_view description;
  Take take;
};

template <auto Member>
Status take_text(FleetWorker& worker, const std::string& value) {
  worker.*Member = value;
  return {};
}

template <auto Member>
Status take_address(FleetWorker& worker, const std::string& value) {
  worker.address.*Member = value;
  return {};
}

Status take_slot(FleetWorker& worker, const std::string& value) {
  const std::optional<int64_t> slot = parse_integer(value);
  if (!slot || *slot < 0 || *slot >= kMostSlots)
    return invalid_input(fmt::format("--device-slot must be a whole number from 0 to {}, found \"{}\"",
                                     kMostSlots - 1, value));
  worker.slot = static_cast<int>(*slot);
  return {};
}

Status take_role(FleetWorker& worker, const std::string& value) {
  const Result<FleetRole> role = parse_fleet_role(value);
  if (!role.ok()) return role.error().within("--role");
  worker.role = *role;
  return {};
}

Status take_reset_deadline(FleetWorker& worker, const std::string& value) {
  TAMIS_ASSIGN(worker.reset_deadline, parse_duration(value, "--reset-timeout"));
  return {};
}

constexpr std::array<Flag, 14> kFlags = {{
    {"fleet", "URL", "the fleet's server, nats://HOST[:PORT] or tls://HOST[:PORT]; several by commas",
     take_address<&FleetAddress::url>},
    {"device-type", "NAME", "what the device is: devices of a type are equal; letters, digits, - and _",
     take_text<&FleetWorker::device_type>},
    {"device-name", "NAME", "its name in the whole fleet (the host's name and the type)",
     take_text<&FleetWorker::device>},
    {"target", "T", "what makes programs for it, as of `tamis tune` (vta)", take_text<&FleetWorker::target>},
    {"device-slot", "N", "which of this machine's devices it is, where the target has several (0)",
     take_slot},
    {"role", "ROLE", "both, build or run: a worker that only runs takes what others built (both)", take_role},
    {"folder", "DIR", "where the files lie that workloads name: space files, kernel files, recorded tables",
     take_text<&FleetWorker::folder>},
    {"reset-command", "LINE",
     "a line for the shell that brings the device back, with its name in TAMIS_DEVICE",
     take_text<&FleetWorker::reset_command>},
    {"reset-timeout", "T", "how long the reset command may take (60s)", take_reset_deadline},
    {"fleet-creds", "FILE", "NATS credentials: a .creds file with JWT and seed",
     take_address<&FleetAddress::credentials_file>},
    {"fleet-ca", "FILE", "PEM of the certificate authorities that are trusted (the system's)",
     take_address<&FleetAddress::authorities_file>},
    {"fleet-cert", "FILE", "PEM of this machine's own certificate",
     take_address<&FleetAddress::certificate_file>},
    {"fleet-cert-key", "FILE", "PEM of its private key", take_address<&FleetAddress::private_key_file>},
    {"fleet-key", "FILE", "the fleet's key: nothing is run that was not signed with it",
     take_address<&FleetAddress::key_file>},
}};

const Flag* find_flag(std::string_view name) {
  const auto found =
      std::find_if(kFlags.begin(), kFlags.end(), [&](const Flag& flag) { return flag.name == name; });
  return found == kFlags.end() ? nullptr : &*found;
}

/// A setting that one or several targets have.
struct Setting {
  std::string targets;
  std::string description;
};

/// The settings of all targets, each once, by name.
std::map<std::string, Setting> target_settings() {
  std::map<std::string, Setting> settings;
  for (const TargetKind& kind : target_kinds())
    for (const SettingKind& one : kind.settings) {
      Setting& setting = settings[one.name];
      setting.targets += (setting.targets.empty() ? "" : ", ") + kind.name;
      if (setting.description.empty()) setting.description = one.description;
    }
  return settings;
}

Error no_such_flag(const std::string& flag) {
  std::vector<std::string> names = {"--help", "--version"};
  for (const Flag& one : kFlags) names.push_back(fmt::format("--{}", one.name));
  for (const auto& [setting, of] : target_settings()) names.push_back("--" + setting);
  const std::vector<std::string_view> known(names.begin(), names.end());
  return invalid_input(fmt::format("there is no flag \"{}\"{}", flag, did_you_mean(flag, known)));
}

/// One `--flag VALUE`.
Status take(const std::string& name, const std::string& value, FleetWorker& worker) {
  if (value.empty())
    return invalid_input(fmt::format("--{} is empty; give it a value or leave it out", name));
  if (const Flag* flag = find_flag(name)) return flag->take(worker, value);
  worker.settings[name] = value;
  return {};
}

/// What must stand together.
Status check(const FleetWorker& worker) {
  if (worker.address.url.empty())
    return invalid_input(
        "--fleet is missing, the URL of the server that the worker serves: --fleet nats://HOST; without any "
        "argument the program serves a tuner that started it");
  if (worker.device_type.empty())
    return invalid_input(
        "--device-type is missing, the name that devices of this kind have in the fleet: --device-type "
        "pynq-z2");
  if (worker.address.certificate_file.empty() != worker.address.private_key_file.empty())
    return invalid_input("--fleet-cert and --fleet-cert-key belong together; give both or none");
  return {};
}

}  // namespace

Result<Arguments> read_arguments(std::span<const std::string> words) {
  Arguments arguments;
  const auto settings = target_settings();
  std::set<std::string> given;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h") return Arguments{Purpose::help};
    if (word == "--version") return Arguments{Purpose::version};
    if (!word.starts_with("--"))
      return invalid_input(fmt::format("only flags are taken, found \"{}\"; see tamis-worker --help", word));
    const size_t equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    if (find_flag(name) == nullptr && !settings.contains(name)) return no_such_flag("--" + name);
    if (!given.insert(name).second) return invalid_input(fmt::format("--{} is given twice", name));
    if (equals == std::string::npos && i + 1 == words.size())
      return invalid_input(fmt::format("--{} needs a value", name));
    TAMIS_TRY(
        take(name, equals == std::string::npos ? words[++i] : word.substr(equals + 1), arguments.fleet));
  }
  if (words.empty()) return arguments;
  arguments.purpose = Purpose::fleet;
  TAMIS_TRY(check(arguments.fleet));
  return arguments;
}

std::string help() {
  const auto line = [](std::string_view flag, std::string_view value, std::string_view description) {
    return fmt::format("  {:<24} {}\n", fmt::format("--{} {}", flag, value), description);
  };
  std::string text =
      "tamis-worker tries configs for tamis.\n\n"
      "Without any argument it serves the tuner that started it, on standard input and output. With --fleet\n"
      "it serves a fleet with a device of this machine, until SIGTERM or SIGINT lets it finish what it "
      "has.\n\n"
      "Usage: tamis-worker --fleet URL --device-type NAME [FLAGS]\n\n";
  for (const Flag& flag : kFlags) text += line(flag.name, flag.value, flag.description);
  text += "\nSettings of targets, as of `tamis tune`; they are this worker's, whatever a tuner says:\n";
  for (const auto& [name, of] : target_settings())
    text += line(name, "VALUE", fmt::format("{}: {}", of.targets, of.description));
  text += "\n  --help, --version\n";
  return text;
}

}  // namespace tamis::worker
