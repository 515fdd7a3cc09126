#include "measure/protocol.h"

#include "base/bytes.h"
#include "base/json.h"
#include "tamis/task.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <poll.h>

namespace tamis {
namespace {

constexpr std::array kErrorKinds = {
    ErrorKind::invalid_input, ErrorKind::not_found,   ErrorKind::unsupported, ErrorKind::io,
    ErrorKind::corrupt,       ErrorKind::interrupted, ErrorKind::internal};

constexpr size_t kLengthBytes = 4;
constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

Json body(const HelloMessage& hello) {
  return {{"version", hello.version},
          {"target", hello.target_spec},
          {"settings", Json(hello.settings)},
          {"workload", to_json(hello.workload)},
          {"data_seed", hello.data_seed},
          {"slot", hello.slot},
          {"data_descriptor", hello.data_descriptor},
          {"only_build", hello.only_build}};
}

Json body(const ReadyMessage& ready) {
  return {{"version", ready.version}, {"space_fingerprint", ready.space_fingerprint}};
}

Json body(const FailedMessage& failed) {
  Json json = {{"kind", to_string(failed.error.kind)}, {"reason", failed.error.message}};
  if (failed.unknown_target) json["unknown_target"] = true;  // only then: another version does not know it
  return json;
}

Json body(const TryMessage& request) {
  const RunOptions& options = request.options;
  Json failed_references = Json::array();
  for (const auto& [number, why] : options.failed_references)
    failed_references.push_back(Json::array({number, why}));
  Json json = {{"number", request.number},
               {"choices", request.config.choices},
               {"deadline_ms", options.deadline.count()},
               {"save_program", options.save_program},
               {"incumbent_ns", std::isfinite(options.incumbent_ns) ? Json(options.incumbent_ns) : Json()},
               {"asks", request.asks},
               {"failed_references", std::move(failed_references)}};
  if (request.keeps) json["keeps"] = true;
  if (!request.program.empty()) json["program"] = to_base64(request.program);
  return json;
}

Json number_or_null(const std::optional<uint64_t>& number) { return number ? Json(*number) : Json(); }

Json body(const BuiltMessage& built) { return {{"code_hash", built.code_hash}}; }

Json body(const DecisionMessage& decision) {
  return {{"same_code_as", number_or_null(decision.same_code_as)}};
}

Json body(const PhaseMessage&) { return Json::object(); }
Json body(const GoMessage&) { return Json::object(); }
Json body(const ReferringMessage& referring) { return {{"number", referring.number}}; }
Json body(const ReferredMessage& referred) { return {{"notice", referred.notice}}; }

Json body(const ResultMessage& result) {
  const Trial& trial = result.trial;
  Json features = Json::array();
  for (const auto& [name, value] : trial.features.values)
    features.push_back(Json::array({name, std::isfinite(value) ? Json(value) : Json(nullptr)}));
  Json json = {{"number", result.number},
               {"verdict", to_string(trial.verdict)},
               {"measured", trial.measured},
               {"costs", trial.costs},
               {"features", std::move(features)},
               {"reason", trial.message},
               {"ran_on", trial.device},
               {"build_ns", trial.build_ns},
               {"run_ns", trial.run_ns},
               {"finished_unix_ms", trial.finished_unix_ms},
               {"code_hash", trial.code_hash},
               {"same_code_as", number_or_null(trial.same_code_as)},
               {"last", result.last}};
  if (!result.program.empty()) json["program"] = to_base64(result.program);
  return json;
}

Result<uint64_t> natural(const JsonObject& object, std::string_view key) {
  TAMIS_ASSIGN(const Json* value, object.member(key));
  if (!value->is_number_unsigned())
    return corrupt(fmt::format("{}: \"{}\" must be an integer", object.origin(), key));
  return value->get<uint64_t>();
}

Result<std::optional<uint64_t>> natural_or_null(const JsonObject& object, std::string_view key) {
  TAMIS_ASSIGN(const Json* value, object.member(key));
  if (value->is_null()) return std::optional<uint64_t>();
  TAMIS_ASSIGN(const uint64_t number, natural(object, key));
  return std::optional(number);
}

/// A program in base64; empty where there is none.
Result<std::string> read_program(const JsonObject& object) {
  TAMIS_ASSIGN(const std::string text, object.string_or("program", ""));
  TAMIS_ASSIGN(std::string program, from_base64(text, object.origin() + ": \"program\""));
  if (program.size() > kMostProgramBytes)
    return corrupt(fmt::format("{}: a program of {} bytes came, and it may have {}", object.origin(),
                               program.size(), kMostProgramBytes));
  return program;
}

Result<const Json*> array(const JsonObject& object, std::string_view key) {
  TAMIS_ASSIGN(const Json* value, object.member(key));
  if (!value->is_array()) return corrupt(fmt::format("{}: \"{}\" must be an array", object.origin(), key));
  return value;
}

Result<Settings> read_settings(const JsonObject& object) {
  TAMIS_ASSIGN(const Json* value, object.member("settings"));
  const auto is_string = [](const Json& member) { return member.is_string(); };
  if (!value->is_object() || !std::all_of(value->begin(), value->end(), is_string))
    return corrupt(fmt::format("{}: \"settings\" must be an object of strings", object.origin()));
  Settings settings;
  for (const auto& [name, text] : value->items()) settings.emplace(name, text.get<std::string>());
  return settings;
}

Result<Message> read_hello(const JsonObject& object) {
  HelloMessage hello;
  TAMIS_ASSIGN(const int64_t version, object.integer("version", 0, std::numeric_limits<int>::max()));
  hello.version = static_cast<int>(version);
  // What else another version says may mean anything; that it is another one is what is to be told.
  if (hello.version != kProtocolVersion) return Message(std::move(hello));
  TAMIS_TRY(object.allow_only({"message", "version", "target", "settings", "workload", "data_seed", "slot",
                               "data_descriptor", "only_build"}));
  TAMIS_ASSIGN(hello.target_spec, object.string("target"));
  TAMIS_ASSIGN(hello.settings, read_settings(object));
  TAMIS_ASSIGN(const Json* workload, object.member("workload"));
  TAMIS_ASSIGN(hello.workload, workload_from_json(*workload, object.origin()));
  TAMIS_ASSIGN(hello.data_seed, natural(object, "data_seed"));
  TAMIS_ASSIGN(const int64_t slot, object.integer("slot", 0, std::numeric_limits<int>::max()));
  hello.slot = static_cast<int>(slot);
  TAMIS_ASSIGN(const int64_t data, object.integer("data_descriptor", -1, std::numeric_limits<int>::max()));
  hello.data_descriptor = static_cast<int>(data);
  TAMIS_TRY(object.member("only_build"));
  TAMIS_ASSIGN(hello.only_build, object.boolean_or("only_build", false));
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
  TAMIS_TRY(object.allow_only({"message", "kind", "reason", "unknown_target"}));
  TAMIS_ASSIGN(const std::string word, object.string("kind"));
  TAMIS_ASSIGN(std::string reason, object.string("reason"));
  TAMIS_ASSIGN(const bool unknown_target, object.boolean_or("unknown_target", false));
  for (const ErrorKind kind : kErrorKinds)
    if (to_string(kind) == word) return Message(FailedMessage{{kind, std::move(reason)}, unknown_target});
  return corrupt(fmt::format("{}: \"{}\" is not a kind of error", object.origin(), word));
}

Status read_failed_references(const JsonObject& object, std::map<size_t, std::string>& failed) {
  TAMIS_ASSIGN(const Json* list, array(object, "failed_references"));
  for (const Json& one : *list) {
    if (!one.is_array() || one.size() != 2 || !one[0].is_number_unsigned() || !one[1].is_string())
      return corrupt(fmt::format("{}: a failed reference must be a number with a reason", object.origin()));
    failed.emplace(one[0].get<size_t>(), one[1].get<std::string>());
  }
  return {};
}

Result<Message> read_try(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message", "number", "choices", "deadline_ms", "save_program", "incumbent_ns",
                               "asks", "failed_references", "program", "keeps"}));
  TryMessage request;
  TAMIS_ASSIGN(request.number, natural(object, "number"));
  TAMIS_ASSIGN(const Json* choices, array(object, "choices"));
  for (const Json& choice : *choices) {
    if (!choice.is_number_unsigned() || choice.get<uint64_t>() > std::numeric_limits<uint32_t>::max())
      return corrupt(fmt::format("{}: a choice must be an integer of 32 bits", object.origin()));
    request.config.choices.push_back(choice.get<uint32_t>());
  }
  TAMIS_ASSIGN(const int64_t deadline_ms, object.integer("deadline_ms", 1, kLargest));
  request.options.deadline = std::chrono::milliseconds(deadline_ms);
  TAMIS_ASSIGN(request.options.save_program, object.string("save_program"));
  TAMIS_ASSIGN(const Json* incumbent, object.member("incumbent_ns"));
  if (!incumbent->is_number() && !incumbent->is_null())
    return corrupt(fmt::format("{}: \"incumbent_ns\" must be a number or null", object.origin()));
  if (incumbent->is_number()) request.options.incumbent_ns = incumbent->get<double>();
  TAMIS_TRY(object.member("asks"));
  TAMIS_ASSIGN(request.asks, object.boolean_or("asks", false));
  TAMIS_TRY(read_failed_references(object, request.options.failed_references));
  TAMIS_ASSIGN(request.keeps, object.boolean_or("keeps", false));
  TAMIS_ASSIGN(request.program, read_program(object));
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
  TAMIS_TRY(object.allow_only({"message", "number", "verdict", "measured", "costs", "features", "reason",
                               "ran_on", "build_ns", "run_ns", "finished_unix_ms", "code_hash",
                               "same_code_as", "last", "program"}));
  ResultMessage result;
  Trial& trial = result.trial;
  TAMIS_ASSIGN(result.number, natural(object, "number"));
  TAMIS_ASSIGN(const std::string verdict, object.string("verdict"));
  TAMIS_ASSIGN(trial.verdict, parse_verdict(verdict));
  TAMIS_TRY(object.member("measured"));
  TAMIS_ASSIGN(trial.measured, object.boolean_or("measured", false));
  TAMIS_ASSIGN(const Json* costs, array(object, "costs"));
  for (const Json& cost : *costs) {
    if (!cost.is_number()) return corrupt(fmt::format("{}: a cost must be a number", object.origin()));
    trial.costs.push_back(cost.get<double>());
  }
  TAMIS_ASSIGN(trial.code_hash, object.string("code_hash"));
  TAMIS_ASSIGN(trial.same_code_as, natural_or_null(object, "same_code_as"));
  TAMIS_ASSIGN(result.last, object.boolean_or("last", false));
  TAMIS_ASSIGN(result.program, read_program(object));
  const bool ran_valid = trial.verdict == Verdict::valid && trial.measured && !trial.same_code_as;
  if (trial.costs.empty() == ran_valid)
    return corrupt(fmt::format("{}: a valid trial that ran has costs, and no other has", object.origin()));
  TAMIS_TRY(read_features(object, trial.features));
  TAMIS_ASSIGN(trial.message, object.string("reason"));
  TAMIS_ASSIGN(trial.device, object.string("ran_on"));
  TAMIS_ASSIGN(trial.build_ns, object.integer("build_ns", 0, kLargest));
  TAMIS_ASSIGN(trial.run_ns, object.integer("run_ns", 0, kLargest));
  TAMIS_ASSIGN(trial.finished_unix_ms, object.integer("finished_unix_ms", 0, kLargest));
  return Message(std::move(result));
}

Result<Message> read_built(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message", "code_hash"}));
  TAMIS_ASSIGN(std::string code_hash, object.string("code_hash"));
  return Message(BuiltMessage{std::move(code_hash)});
}

Result<Message> read_decision(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message", "same_code_as"}));
  TAMIS_ASSIGN(const std::optional<uint64_t> same_code_as, natural_or_null(object, "same_code_as"));
  return Message(DecisionMessage{same_code_as});
}

Result<Message> read_phase(const JsonObject& object, Phase phase) {
  TAMIS_TRY(object.allow_only({"message"}));
  return Message(PhaseMessage{phase});
}

Result<Message> read_go(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message"}));
  return Message(GoMessage{});
}

Result<Message> read_referring(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message", "number"}));
  TAMIS_ASSIGN(const uint64_t number, natural(object, "number"));
  return Message(ReferringMessage{number});
}

Result<Message> read_referred(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"message", "notice"}));
  TAMIS_ASSIGN(std::string notice, object.string("notice"));
  return Message(ReferredMessage{std::move(notice)});
}

Result<Message> read_message(const JsonObject& object) {
  TAMIS_ASSIGN(const std::string name, object.string("message"));
  if (name == "hello") return read_hello(object);
  if (name == "ready") return read_ready(object);
  if (name == "failed") return read_failed(object);
  if (name == "try") return read_try(object);
  if (name == "building") return read_phase(object, Phase::building);
  if (name == "launching") return read_phase(object, Phase::launching);
  if (name == "running") return read_phase(object, Phase::running);
  if (name == "timing") return read_phase(object, Phase::timing);
  if (name == "go") return read_go(object);
  if (name == "result") return read_result(object);
  if (name == "built") return read_built(object);
  if (name == "decision") return read_decision(object);
  if (name == "referring") return read_referring(object);
  if (name == "referred") return read_referred(object);
  return corrupt(fmt::format("{}: \"{}\" is not a message of protocol version {}", object.origin(), name,
                             kProtocolVersion));
}

}  // namespace

std::string_view name_of(const Message& message) {
  constexpr std::array<std::string_view, 4> kPhases = {"building", "launching", "running", "timing"};
  if (const auto* phase = std::get_if<PhaseMessage>(&message))
    return kPhases.at(static_cast<size_t>(phase->phase));
  constexpr std::array<std::string_view, 11> kNames = {
      "hello", "ready", "failed", "try", "", "result", "built", "decision", "go", "referring", "referred"};
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

Result<std::optional<std::string>> FrameBuffer::next() {
  if (bytes_.size() < kLengthBytes) return std::optional<std::string>();
  uint32_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i)
    length |= static_cast<uint32_t>(static_cast<uint8_t>(bytes_[i])) << (8 * i);
  if (length == 0 || length > kMaxFrameBytes)
    return corrupt(
        fmt::format("a frame of {} bytes was announced; it must have 1 to {}", length, kMaxFrameBytes));
  if (bytes_.size() < kLengthBytes + length) return std::optional<std::string>();
  std::string frame = bytes_.substr(kLengthBytes, length);
  bytes_.erase(0, kLengthBytes + length);
  return std::optional<std::string>(std::move(frame));
}

Status write_frame(int fd, std::string_view payload, Deadline deadline) {
  if (payload.empty() || payload.size() > kMaxFrameBytes)
    return Error{ErrorKind::internal, fmt::format("a message of {} bytes cannot be sent", payload.size())};
  std::string frame;
  frame.reserve(kLengthBytes + payload.size());
  for (size_t i = 0; i < kLengthBytes; ++i) frame += static_cast<char>(payload.size() >> (8 * i) & 0xff);
  frame += payload;
  return write_all(fd, frame, deadline);
}

Result<std::optional<std::string>> read_frame(int fd, FrameBuffer& buffer) {
  for (;;) {
    TAMIS_ASSIGN(std::optional<std::string> frame, buffer.next());
    if (frame) return frame;
    std::string bytes;
    TAMIS_ASSIGN(const ReadState state, read_some(fd, bytes));
    buffer.add(bytes);
    if (state == ReadState::end) {
      if (buffer.partial()) return corrupt("the connection ended in the middle of a message");
      return std::optional<std::string>();
    }
    if (state == ReadState::would_wait) {
      pollfd ready{fd, POLLIN, 0};
      ::poll(&ready, 1, -1);
    }
  }
}

}  // namespace tamis
