#include "tamis/fleet.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/fleet_arguments.h"
#include "cli/fleet_view.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct FleetCommandArguments {
  std::string action;
  std::string device;
  std::string reason;
  FleetArguments fleet;
  bool json = false;
};

enum class TakesDevice { no, yes };
enum class TakesReason { no, may, must };

/// What can be done with a fleet: one row per ACTION.
struct FleetAction {
  std::string_view name;
  std::string_view description;
  TakesDevice device;
  TakesReason reason;
  Result<std::string> (*run)(const FleetCommandArguments& arguments);  ///< gives what is printed
};

int64_t now_unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Result<std::string> show_status(const FleetCommandArguments& arguments) {
  TAMIS_ASSIGN(const FleetStatus status, fleet_status(arguments.fleet.address));
  if (!arguments.json) return draw_status(status, now_unix_ms());
  return Json{{"devices", devices_json(status)}, {"tuners", tuners_json(status)}}.dump(2) + "\n";
}

Result<std::string> show_devices(const FleetCommandArguments& arguments) {
  TAMIS_ASSIGN(const FleetStatus status, fleet_status(arguments.fleet.address));
  if (!arguments.json) return draw_devices(status, now_unix_ms());
  return Json{{"devices", devices_json(status)}}.dump(2) + "\n";
}

/// What was done to a device, or to the fleet as a whole.
std::string done(const FleetCommandArguments& arguments, const std::string& sentence) {
  if (!arguments.json) return sentence + "\n";
  return Json{{"action", arguments.action},
              {"device", arguments.device.empty() ? Json() : Json(arguments.device)},
              {"reason", arguments.reason}}
             .dump(2) +
         "\n";
}

Result<std::string> drain(const FleetCommandArguments& arguments) {
  TAMIS_TRY(drain_device(arguments.fleet.address, arguments.device, arguments.reason));
  return done(arguments, fmt::format("{} finishes what it tries and takes no more until it is released",
                                     arguments.device));
}

Result<std::string> quarantine(const FleetCommandArguments& arguments) {
  TAMIS_TRY(quarantine_device(arguments.fleet.address, arguments.device, arguments.reason));
  return done(arguments, fmt::format("{} is quarantined until it is released; what it tries is tried by "
                                     "another device",
                                     arguments.device));
}

Result<std::string> release(const FleetCommandArguments& arguments) {
  TAMIS_TRY(release_device(arguments.fleet.address, arguments.device));
  return done(arguments, fmt::format("{} may be used again", arguments.device));
}

Result<std::string> forget(const FleetCommandArguments& arguments) {
  TAMIS_TRY(forget_device(arguments.fleet.address, arguments.device));
  return done(arguments, fmt::format("{} is forgotten", arguments.device));
}

Result<std::string> set_up(const FleetCommandArguments& arguments) {
  TAMIS_TRY(set_up_fleet(arguments.fleet.address));
  return done(arguments, "the server has what a fleet needs");
}

constexpr std::array<FleetAction, 7> kActions = {{
    {"status", "devices and tuners", TakesDevice::no, TakesReason::no, show_status},
    {"devices", "the devices alone", TakesDevice::no, TakesReason::no, show_devices},
    {"drain", "let DEVICE finish what it tries and take no more", TakesDevice::yes, TakesReason::may, drain},
    {"quarantine", "DEVICE is not fit to be used", TakesDevice::yes, TakesReason::must, quarantine},
    {"release", "let DEVICE be used again", TakesDevice::yes, TakesReason::no, release},
    {"forget", "remove DEVICE, whose worker has gone", TakesDevice::yes, TakesReason::no, forget},
    {"setup", "make what a fleet keeps on its server", TakesDevice::no, TakesReason::no, set_up},
}};

Result<const FleetAction*> find_action(const std::string& name) {
  std::vector<std::string_view> known;
  for (const FleetAction& action : kActions) {
    if (action.name == name) return &action;
    known.push_back(action.name);
  }
  return invalid_input(fmt::format("tamis fleet has no action \"{}\"{}", name, did_you_mean(name, known)));
}

/// Whether the action has what it needs, and nothing that it does not heed.
Status check_words(const FleetAction& action, const FleetCommandArguments& arguments) {
  if (action.device == TakesDevice::yes && arguments.device.empty())
    return invalid_input(
        fmt::format("tamis fleet {0} needs a device: tamis fleet {0} DEVICE; `tamis fleet "
                    "devices` names them",
                    action.name));
  if (action.device == TakesDevice::no && !arguments.device.empty())
    return invalid_input(fmt::format("tamis fleet {} takes no device, found \"{}\"; leave it out",
                                     action.name, arguments.device));
  if (action.reason == TakesReason::must && arguments.reason.empty())
    return invalid_input(
        fmt::format("tamis fleet {} needs --reason TEXT, which others who tune are told", action.name));
  if (action.reason == TakesReason::no && !arguments.reason.empty())
    return invalid_input(fmt::format("tamis fleet {} takes no --reason; leave it out", action.name));
  return {};
}

/// The fleet that is meant: the flag's, else the environment's.
Status find_fleet(FleetArguments& fleet) {
  const char* const usual = std::getenv("TAMIS_FLEET");
  if (!fleet.named() && usual != nullptr) fleet.address.url = usual;
  if (!fleet.named())
    return invalid_input(
        "no fleet is named; give the URL of its server as --fleet nats://HOST, or set TAMIS_FLEET to it");
  return fleet.check();
}

Result<int> run_fleet(FleetCommandArguments arguments, const Console& console) {
  TAMIS_ASSIGN(const FleetAction* action, find_action(arguments.action));
  TAMIS_TRY(check_words(*action, arguments));
  TAMIS_TRY(find_fleet(arguments.fleet));
  TAMIS_ASSIGN(const std::string text, action->run(arguments));
  return finish(console, text);
}

std::string action_description() {
  std::string text;
  for (const FleetAction& action : kActions)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", action.name, action.description);
  return text;
}

}  // namespace

Action configure_fleet(CLI::App& app) {
  auto arguments = std::make_shared<FleetCommandArguments>();
  app.add_option("ACTION", arguments->action, action_description())->required();
  app.add_option("DEVICE", arguments->device, "the device's name in the fleet")->check(not_empty());
  app.add_option("--reason", arguments->reason,
                 "why a device is drained or quarantined; `status` and the tuners show it")
      ->check(not_empty());
  arguments->fleet.add_to(app,
                          "the fleet's server, nats://HOST[:PORT] or tls://HOST[:PORT]; if not given what "
                          "TAMIS_FLEET says");
  add_json(app, arguments->json);
  return [arguments](const Console& console) {
    const Result<int> code = run_fleet(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
