#include "cli/fleet_arguments.h"

#include "cli/arguments.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

Error without_fleet(std::string_view flag) {
  return invalid_input(
      fmt::format("{} is of a fleet, and none is named; add --fleet nats://HOST, or leave it out", flag));
}

}  // namespace

void FleetArguments::add_to(CLI::App& app, const std::string& url_description) {
  const auto add = [&app](const char* flag, std::string& value, const std::string& description) {
    app.add_option(flag, value, description)->check(not_empty())->group("Fleet");
  };
  add("--fleet", address.url, url_description);
  add("--fleet-creds", address.credentials_file, "NATS credentials: a .creds file with JWT and seed");
  add("--fleet-ca", address.authorities_file,
      "PEM of the certificate authorities that are trusted (the system's)");
  add("--fleet-cert", address.certificate_file, "PEM of this side's own certificate");
  add("--fleet-cert-key", address.private_key_file, "PEM of its private key");
}

Status FleetArguments::check() const {
  const std::array<std::pair<std::string_view, const std::string*>, 4> flags = {
      {{"--fleet-creds", &address.credentials_file},
       {"--fleet-ca", &address.authorities_file},
       {"--fleet-cert", &address.certificate_file},
       {"--fleet-cert-key", &address.private_key_file}}};
  for (const auto& [flag, value] : flags)
    if (!named() && !value->empty()) return without_fleet(flag);
  if (address.certificate_file.empty() != address.private_key_file.empty())
    return invalid_input("--fleet-cert and --fleet-cert-key belong together; give both or none");
  return {};
}

void FleetTuningArguments::add_to(CLI::App& app) {
  fleet.add_to(app,
               "try the configs on a fleet: its server, nats://HOST[:PORT] or tls://HOST[:PORT]; several by "
               "commas");
  app.add_option("--fleet-key", fleet.address.key_file,
                 "a file with the fleet's key, with which jobs are signed: what workers that have it ask for")
      ->check(not_empty())
      ->group("Fleet");
  add_names(app, "--device-type", device_types,
            "the types of devices that configs are tried on, with commas; may be repeated; if not given all "
            "that fit")
      ->check(not_empty())
      ->group("Fleet");
  app.add_option("--priority", priority,
                 "the share of the fleet beside that of others who tune on it, 1 to 1000")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->group("Fleet");
}

Status FleetTuningArguments::check() const {
  TAMIS_TRY(fleet.check());
  if (named()) return {};
  if (!fleet.address.key_file.empty()) return without_fleet("--fleet-key");
  if (!device_types.empty()) return without_fleet("--device-type");
  if (priority != FleetTuning{}.priority) return without_fleet("--priority");
  return {};
}

FleetTuning FleetTuningArguments::tuning() const { return {fleet.address, device_types, priority, {}}; }

}  // namespace tamis::cli
