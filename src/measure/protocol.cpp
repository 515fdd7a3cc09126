#include "measure/protocol.h"

#include "base/json.h"

#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::array<std::pair<ErrorKind, std::string_view>, 7> kErrorKinds = {{
    {ErrorKind::invalid_input, "invalid_input"},
    {ErrorKind::not_found, "not_found"},
    {ErrorKind::unsupported, "unsupported"},
    {ErrorKind::io, "io"},
    {ErrorKind::corrupt, "corrupt"},
    {ErrorKind::interrupted, "interrupted"},
    {ErrorKind::internal, "internal"},
}};

constexpr int64_t kMostThreads = 4096;
constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

Json body(const HelloMessage& hello) {
  return {{"version", hello.version},
          {"target", hello.target_spec},
          {"device", hello.target_options.device},
          {"checks", hello.target_options.checks},
          {"space", hello.target_options.space},
          {"threads", hello.target_options.threads},
          {"caches", hello.target_options.caches},
          {"layout", hello.target_options.layout},
          {"program", hello.target_options.program},
          {"run", hello.target_options.run},
          {"serve", hello.target_options.serve},
          {"latency", hello.target_options.latency},
          {"devices", hello.target_options.devices},
          {"workload", to_json(hello.workload)},
          {"data_seed", hello.data_seed},
          {"run_deadline_ms", hello.run_deadline_ms},
          {"slot", hello.slot},
          {"data_descriptor", hello.data_descriptor}};
}

Json body(const ReadyMessage& ready) {
  return {{"version", ready.version}, {"space_fingerprint", ready.space_fingerprint}};
}

Json body(const FailedMessage& failed) {
  std::string_view word;
  for (const auto& [kind, name] : kErrorKinds)
    if (kind == failed.error.kind) word = name;
  return {{"kind", word}, {"reason", failed.error.message}};
}

Json body(const TryMessage& request) {
  return {{"number", request.number},
          {"choices", request.config.choices},
          {"save_program", request.save_program},
          {"incumbent_ns", std::isfinite(request.incumbent_ns) ? Json(request.incumbent_ns) : Json()}};
}

Json body(const PhaseMessage&) { return Json::object(); }

Json body(const ResultMessage& result) {
  const Trial& trial = result.trial;
  Json features = Json::array();
  for (const auto& [name, value] : trial.features.values)
    features.push_back(Json::array({name, std::isfinite(value) ? Json(value) : Json(nullptr)}));
  return {{"number", trial.number},          {"verdict", to_string(trial.verdict)},
          {"measured", trial.measured},      {"latencies_ns", trial.latencies_ns},
          {"features", std::move(features)}, {"reason", trial.message},
          {"ran_on", trial.device},          {"build_ns", trial.build_ns},
          {"run_ns", trial.run_ns},          {"finished_unix_ms", trial.finished_unix_ms}};
}

Result<uint64_t> natural(const JsonObject& object, std::string_view key) {
  TAMIS_ASSIGN(const Json* value, object.member(key));
  if (!value->is_number_unsigned())
    return corrupt(fmt::format("{}: \"{}\" must be a whole number", object.origin(), key));
  return value->get<uint64_t>();
}

Result<const Json*> array(const JsonObject& object, std::string_view key) {
  TAMIS_ASSIGN(const Json* value, object.member(key));
  if (!value->is_array()) return corrupt(fmt::format("{}: \"{}\" must be an array", object.origin(), key));
  return value;
}

Result<std::vector<std::string>> texts(const JsonObject& object, std::string_view key) {
  TAMIS_ASSIGN(const Json* list, array(object, key));
  std::vector<std::string> read;
  for (const Json& text : *list) {
    if (!text.is_string())
      return corrupt(fmt::format("{}: \"{}\" must be an array of texts", object.origin(), key));
    read.push_back(text.get<std::string>());
  }
  return read;
}

Result<Message> read_hello(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message", "version", "target", "device", "checks", "space", "threads",
                               "caches", "layout", "program", "run", "serve", "latency", "devices",
                               "workload", "data_seed", "run_deadline_ms", "slot", "data_descriptor"}));
  HelloMessage hello;
  TAMIS_ASSIGN(const int64_t version, object.integer("version", 0, std::numeric_limits<int>::max()));
  hello.version = static_cast<int>(version);
  TAMIS_ASSIGN(hello.target_spec, object.string("target"));
  TAMIS_ASSIGN(hello.target_options.device, object.string("device"));
  TAMIS_ASSIGN(hello.target_options.checks, object.string("checks"));
  TAMIS_ASSIGN(hello.target_options.space, object.string("space"));
  TAMIS_ASSIGN(const int64_t threads, object.integer("threads", 0, kMostThreads));
  hello.target_options.threads = static_cast<int>(threads);
  TAMIS_ASSIGN(hello.target_options.caches, object.string("caches"));
  TAMIS_ASSIGN(hello.target_options.layout, object.string("layout"));
  TAMIS_ASSIGN(hello.target_options.program, object.string("program"));
  TAMIS_ASSIGN(hello.target_options.run, object.string("run"));
  TAMIS_ASSIGN(hello.target_options.serve, object.string("serve"));
  TAMIS_ASSIGN(hello.target_options.latency, object.string("latency"));
  TAMIS_ASSIGN(hello.target_options.devices, texts(object, "devices"));
  TAMIS_ASSIGN(const Json* workload, object.member("workload"));
  TAMIS_ASSIGN(hello.workload, workload_from_json(*workload, object.origin()));
  TAMIS_ASSIGN(hello.data_seed, natural(object, "data_seed"));
  TAMIS_ASSIGN(hello.run_deadline_ms, object.integer("run_deadline_ms", 1, kLargest));
  TAMIS_ASSIGN(const int64_t slot, object.integer("slot", 0, std::numeric_limits<int>::max()));
  hello.slot = static_cast<int>(slot);
  TAMIS_ASSIGN(const int64_t data, object.integer("data_descriptor", -1, std::numeric_limits<int>::max()));
  hello.data_descriptor = static_cast<int>(data);
  return Message(std::move(hello));
}

Result<Message> read_ready(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message", "version", "space_fingerprint"}));
  ReadyMessage ready;
  TAMIS_ASSIGN(const int64_t version, object.integer("version", 0, std::numeric_limits<int>::max()));
  ready.version = static_cast<int>(version);
  TAMIS_ASSIGN(ready.space_fingerprint, object.string("space_fingerprint"));
  return Message(std::move(ready));
}

Result<Message> read_failed(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message", "kind", "reason"}));
  TAMIS_ASSIGN(const std::string word, object.string("kind"));
  TAMIS_ASSIGN(std::string reason, object.string("reason"));
  for (const auto& [kind, name] : kErrorKinds)
    if (name == word) return Message(FailedMessage{{kind, std::move(reason)}});
  return corrupt(fmt::format("{}: \"{}\" is no kind of error", object.origin(), word));
}

Result<Message> read_try(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message", "number", "choices", "save_program", "incumbent_ns"}));
  TryMessage request;
  TAMIS_ASSIGN(request.number, natural(object, "number"));
  TAMIS_ASSIGN(const Json* choices, array(object, "choices"));
  for (const Json& choice : *choices) {
    if (!choice.is_number_unsigned() || choice.get<uint64_t>() > std::numeric_limits<uint32_t>::max())
      return corrupt(fmt::format("{}: a choice must be a whole number of 32 bits", object.origin()));
    request.config.choices.push_back(choice.get<uint32_t>());
  }
  TAMIS_ASSIGN(request.save_program, object.string("save_program"));
  TAMIS_ASSIGN(const Json* incumbent, object.member("incumbent_ns"));
  if (!incumbent->is_number() && !incumbent->is_null())
    return corrupt(fmt::format("{}: \"incumbent_ns\" must be a number or null", object.origin()));
  if (incumbent->is_number()) request.incumbent_ns = incumbent->get<double>();
  return Message(std::move(request));
}

Status read_features(const JsonObject& object, Features& features) {
  TAMIS_ASSIGN(const Json* list, array(object, "features"));
  for (const Json& feature : *list) {
    if (!feature.is_array() || feature.size() != 2 || !feature[0].is_string() ||
        !(feature[1].is_number() || feature[1].is_null()))
      return corrupt(fmt::format("{}: a feature must be a name with a number", object.origin()));
    features.set(feature[0].get<std::string>(),
                 feature[1].is_null() ? std::numeric_limits<double>::quiet_NaN() : feature[1].get<double>());
  }
  return {};
}

Result<Message> read_result(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message", "number", "verdict", "measured", "latencies_ns", "features",
                               "reason", "ran_on", "build_ns", "run_ns", "finished_unix_ms"}));
  Trial trial;
  TAMIS_ASSIGN(trial.number, natural(object, "number"));
  TAMIS_ASSIGN(const std::string verdict, object.string("verdict"));
  TAMIS_ASSIGN(trial.verdict, parse_verdict(verdict));
  TAMIS_TRY(object.member("measured"));
  TAMIS_ASSIGN(trial.measured, object.boolean_or("measured", false));
  TAMIS_ASSIGN(const Json* latencies, array(object, "latencies_ns"));
  for (const Json& latency : *latencies) {
    if (!latency.is_number()) return corrupt(fmt::format("{}: a latency must be a number", object.origin()));
    trial.latencies_ns.push_back(latency.get<double>());
  }
  if (trial.latencies_ns.empty() == (trial.verdict == Verdict::valid))
    return corrupt(fmt::format("{}: a valid trial has latencies, and no other has", object.origin()));
  TAMIS_TRY(read_features(object, trial.features));
  TAMIS_ASSIGN(trial.message, object.string("reason"));
  TAMIS_ASSIGN(trial.device, object.string("ran_on"));
  TAMIS_ASSIGN(trial.build_ns, object.integer("build_ns", 0, kLargest));
  TAMIS_ASSIGN(trial.run_ns, object.integer("run_ns", 0, kLargest));
  TAMIS_ASSIGN(trial.finished_unix_ms, object.integer("finished_unix_ms", 0, kLargest));
  return Message(ResultMessage{std::move(trial)});
}

Result<Message> read_phase(const JsonObject& object, Phase phase) {
  TAMIS_TRY(object.allow_only({"message"}));
  return Message(PhaseMessage{phase});
}

Result<Message> read_message(const JsonObject& object) {
  TAMIS_ASSIGN(const std::string name, object.string("message"));
  if (name == "hello") return read_hello(object);
  if (name == "ready") return read_ready(object);
  if (name == "failed") return read_failed(object);
  if (name == "try") return read_try(object);
  if (name == "building") return read_phase(object, Phase::building);
  if (name == "running") return read_phase(object, Phase::running);
  if (name == "result") return read_result(object);
  return corrupt(fmt::format("{}: \"{}\" is no message of protocol version {}", object.origin(), name,
                             kProtocolVersion));
}

}  // namespace

std::string_view name_of(const Message& message) {
  if (const auto* phase = std::get_if<PhaseMessage>(&message))
    return phase->phase == Phase::building ? "building" : "running";
  constexpr std::array<std::string_view, 6> kNames = {"hello", "ready", "failed", "try", "", "result"};
  return kNames.at(message.index());
}

std::string knobs_fingerprint(const Space& space) {
  const Result<Space> knobs = Space::create(space.knobs());
  return knobs.ok() ? knobs->fingerprint() : std::string();
}

std::string encode(const Message& message) {
  Json json = {{"message", name_of(message)}};
  json.update(std::visit([](const auto& one) { return body(one); }, message));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Message> decode(std::string_view bytes) {
  TAMIS_ASSIGN(const Json json, parse_json(bytes, "a worker's message"));
  Result<Message> message = read_message(JsonObject(json, "a worker's message"));
  // Whatever the readers called it, a message that cannot be read is damaged, not wrong input of the user's.
  if (!message.ok()) return corrupt(message.error().message);
  return message;
}

}  // namespace tamis
