#include "fleet/records.h"

#include "base/json.h"

#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis::fleet {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr std::array kStatesOfLeases = {FleetState::idle, FleetState::busy, FleetState::draining,
                                        FleetState::drained, FleetState::quarantined};

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Error damaged(const Error& error) { return corrupt(error.message); }

/// Reads a record by `read`, with every error as corrupt.
template <class Record, class Read>
Result<Record> read_record(std::string_view text, const char* origin, const Read& read) {
  TAMIS_ASSIGN(const Json json, parse_json(text, origin));
  Record record;
  if (const Status done = read(JsonObject(json, origin), record); !done.ok()) return damaged(done.error());
  return record;
}

Result<std::vector<std::string>> read_names(const JsonObject& object, std::string_view key) {
  TAMIS_ASSIGN(const Json* list, object.member(key));
  std::vector<std::string> names;
  if (!list->is_array()) return corrupt(fmt::format("{}: \"{}\" must be an array", object.origin(), key));
  for (const Json& one : *list) {
    if (!one.is_string())
      return corrupt(fmt::format("{}: \"{}\" must be an array of strings", object.origin(), key));
    names.push_back(one.get<std::string>());
  }
  return names;
}

Result<std::optional<Config>> read_canary(const JsonObject& object) {
  TAMIS_ASSIGN(const Json* list, object.member("canary"));
  if (list->is_null()) return std::optional<Config>();
  Config config;
  if (!list->is_array()) return corrupt(object.origin() + ": \"canary\" must be an array or null");
  for (const Json& choice : *list) {
    if (!choice.is_number_unsigned() || choice.get<uint64_t>() > std::numeric_limits<uint32_t>::max())
      return corrupt(object.origin() + ": \"canary\" must hold integers of 32 bits");
    config.choices.push_back(choice.get<uint32_t>());
  }
  return std::optional(std::move(config));
}

Status read_options(const JsonObject& object, MeasureOptions& options) {
  TAMIS_ASSIGN(const int64_t run_ms, object.integer("run_deadline_ms", 1, kMost));
  TAMIS_ASSIGN(const int64_t build_ms, object.integer("build_deadline_ms", 1, kMost));
  options.run_deadline = std::chrono::milliseconds(run_ms);
  options.build_deadline = std::chrono::milliseconds(build_ms);
  TAMIS_ASSIGN(const Json* seed, object.member("data_seed"));
  TAMIS_ASSIGN(const Json* memory, object.member("memory_limit_bytes"));
  if (!seed->is_number_unsigned() || !memory->is_number_unsigned())
    return corrupt(object.origin() + ": \"data_seed\" and \"memory_limit_bytes\" must be integers");
  options.data_seed = seed->get<uint64_t>();
  options.memory_limit_bytes = memory->get<uint64_t>();
  TAMIS_ASSIGN(const int64_t repeats, object.integer("failure_repeats", 0, 10));
  TAMIS_ASSIGN(const int64_t retries, object.integer("device_lost_retries", 0, 1'000'000));
  options.retry.failure_repeats = static_cast<int>(repeats);
  options.retry.device_lost_retries = static_cast<int>(retries);
  TAMIS_ASSIGN(options.recovery.canary, read_canary(object));
  return {};
}

Status read_task(const JsonObject& object, TaskRecord& record) {
  TAMIS_ASSIGN(const int64_t protocol, object.integer("protocol", 0, std::numeric_limits<int>::max()));
  record.protocol = static_cast<int>(protocol);
  // What else another version says may mean anything.
  if (record.protocol != kProtocolVersion) return {};
  TAMIS_ASSIGN(record.identity, object.string("identity"));
  TAMIS_ASSIGN(record.fingerprint, object.string("fingerprint"));
  TAMIS_ASSIGN(const Json* workload, object.member("workload"));
  TAMIS_ASSIGN(record.workload, workload_from_json(*workload, object.origin()));
  return read_options(object, record.options);
}

Status read_device(const JsonObject& object, DeviceRecord& record) {
  TAMIS_ASSIGN(record.type, object.string("type"));
  TAMIS_ASSIGN(record.target, object.string("target"));
  TAMIS_ASSIGN(record.identity, object.string("identity"));
  TAMIS_ASSIGN(record.pool, object.string("pool"));
  TAMIS_ASSIGN(record.signs, object.boolean_or("signs", false));
  TAMIS_ASSIGN(record.host, object.string("host"));
  TAMIS_ASSIGN(record.version, object.string("version"));
  TAMIS_ASSIGN(const int64_t protocol, object.integer("protocol", 0, std::numeric_limits<int>::max()));
  record.protocol = static_cast<int>(protocol);
  TAMIS_ASSIGN(const std::string role, object.string("role"));
  TAMIS_ASSIGN(record.role, parse_fleet_role(role));
  TAMIS_ASSIGN(record.began_unix_ms, object.integer("began_unix_ms", 0, kMost));
  TAMIS_ASSIGN(record.ended, object.boolean_or("ended", false));
  return {};
}

Status read_lease(const JsonObject& object, LeaseRecord& record) {
  TAMIS_ASSIGN(record.worker, object.string("worker"));
  TAMIS_ASSIGN(record.host, object.string("host"));
  TAMIS_ASSIGN(record.machine, object.string("machine"));
  TAMIS_ASSIGN(record.process, object.integer("process", 0, kMost));
  TAMIS_ASSIGN(const std::string state, object.string("state"));
  for (const FleetState known : kStatesOfLeases)
    if (to_string(known) == state) record.state = known;
  if (to_string(record.state) != state)
    return corrupt(fmt::format("{}: \"{}\" is no state of a device", object.origin(), state));
  TAMIS_ASSIGN(record.session, object.string("session"));
  TAMIS_ASSIGN(const int64_t job, object.integer("job", 0, kMost));
  TAMIS_ASSIGN(const int64_t trials, object.integer("trials", 0, kMost));
  TAMIS_ASSIGN(const int64_t invalid, object.integer("invalid", 0, kMost));
  record.job = static_cast<uint64_t>(job);
  record.trials = static_cast<uint64_t>(trials);
  record.invalid = static_cast<uint64_t>(invalid);
  TAMIS_ASSIGN(record.busy_share, object.number("busy_share"));
  return {};
}

Status read_order(const JsonObject& object, OrderRecord& record) {
  TAMIS_ASSIGN(const std::string order, object.string("order"));
  record.quarantine = order == "quarantine";
  if (!record.quarantine && order != "drain")
    return corrupt(fmt::format("{}: \"{}\" is no order", object.origin(), order));
  TAMIS_ASSIGN(record.reason, object.string("reason"));
  return {};
}

Status read_tuner(const JsonObject& object, TunerRecord& record) {
  TAMIS_ASSIGN(record.name, object.string("name"));
  TAMIS_ASSIGN(record.task, object.string("task"));
  TAMIS_ASSIGN(const int64_t priority, object.integer("priority", 1, 1000));
  record.priority = static_cast<int>(priority);
  TAMIS_ASSIGN(record.device_types, read_names(object, "device_types"));
  TAMIS_ASSIGN(record.queues, read_names(object, "queues"));
  TAMIS_ASSIGN(const int64_t below, object.integer("given_up_below", 0, kMost));
  record.given_up_below = static_cast<uint64_t>(below);
  return {};
}

}  // namespace

std::string to_text(const TaskRecord& record) {
  const MeasureOptions& options = record.options;
  const std::optional<Config>& canary = options.recovery.canary;
  return dump({{"protocol", record.protocol},
               {"identity", record.identity},
               {"fingerprint", record.fingerprint},
               {"workload", to_json(record.workload)},
               {"run_deadline_ms", options.run_deadline.count()},
               {"build_deadline_ms", options.build_deadline.count()},
               {"data_seed", options.data_seed},
               {"memory_limit_bytes", options.memory_limit_bytes},
               {"failure_repeats", options.retry.failure_repeats},
               {"device_lost_retries", options.retry.device_lost_retries},
               {"canary", canary ? Json(canary->choices) : Json()}});
}

Result<TaskRecord> read_task_record(std::string_view text) {
  return read_record<TaskRecord>(text, "a task of the fleet", read_task);
}

TaskRecord make_task_record(const Task& task, const MeasureOptions& options) {
  TaskRecord record;
  record.identity = to_string(task.identity());
  record.fingerprint = knobs_fingerprint(task.space());
  record.workload = task.workload();
  record.options = options;
  return record;
}

std::string to_text(const DeviceRecord& record) {
  return dump({{"type", record.type},
               {"target", record.target},
               {"identity", record.identity},
               {"pool", record.pool},
               {"signs", record.signs},
               {"host", record.host},
               {"version", record.version},
               {"protocol", record.protocol},
               {"role", to_string(record.role)},
               {"began_unix_ms", record.began_unix_ms},
               {"ended", record.ended}});
}

Result<DeviceRecord> read_device_record(std::string_view text) {
  return read_record<DeviceRecord>(text, "a device of the fleet", read_device);
}

std::string to_text(const LeaseRecord& record) {
  return dump({{"worker", record.worker},
               {"host", record.host},
               {"machine", record.machine},
               {"process", record.process},
               {"state", to_string(record.state)},
               {"session", record.session},
               {"job", record.job},
               {"trials", record.trials},
               {"invalid", record.invalid},
               {"busy_share", record.busy_share}});
}

Result<LeaseRecord> read_lease_record(std::string_view text) {
  return read_record<LeaseRecord>(text, "a lease of the fleet", read_lease);
}

std::string to_text(const OrderRecord& record) {
  return dump({{"order", record.quarantine ? "quarantine" : "drain"}, {"reason", record.reason}});
}

Result<OrderRecord> read_order_record(std::string_view text) {
  return read_record<OrderRecord>(text, "an order of the fleet", read_order);
}

std::string to_text(const TunerRecord& record) {
  return dump({{"name", record.name},
               {"task", record.task},
               {"priority", record.priority},
               {"device_types", record.device_types},
               {"queues", record.queues},
               {"given_up_below", record.given_up_below}});
}

Result<TunerRecord> read_tuner_record(std::string_view text) {
  return read_record<TunerRecord>(text, "a tuner of the fleet", read_tuner);
}

std::string to_text(const DeviceEvent& event) {
  return dump({{"kind", to_string(event.kind)}, {"device", event.device}, {"reason", event.reason}});
}

Result<DeviceEvent> read_event(std::string_view text) {
  return read_record<DeviceEvent>(
      text, "an event of the fleet", [](const JsonObject& object, DeviceEvent& event) -> Status {
        TAMIS_ASSIGN(const std::string kind, object.string("kind"));
        TAMIS_ASSIGN(event.device, object.string("device"));
        TAMIS_ASSIGN(event.reason, object.string("reason"));
        for (const DeviceEventKind known :
             {DeviceEventKind::reset, DeviceEventKind::canary_failed, DeviceEventKind::quarantined,
              DeviceEventKind::differs, DeviceEventKind::reference})
          if (to_string(known) == kind) event.kind = known;
        return {};
      });
}

}  // namespace tamis::fleet
