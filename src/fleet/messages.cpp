#include "fleet/messages.h"

#include "base/text.h"
#include "fleet/layout.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace tamis::fleet {
namespace {

constexpr const char* kSignature = "Tamis-Signature";
constexpr std::array<std::pair<ReportKind, std::string_view>, 6> kKinds = {
    {{ReportKind::result, "result"},
     {ReportKind::passed, "passed"},
     {ReportKind::unbuilt, "unbuilt"},
     {ReportKind::failed, "failed"},
     {ReportKind::reference, "reference"},
     {ReportKind::event, "event"}}};

std::string_view name_of_kind(ReportKind kind) {
  for (const auto& [value, name] : kKinds)
    if (value == kind) return name;
  return {};
}

/// What is signed: where a message goes, all that its headers say, and its body. No header holds a line's
/// end.
std::string text_to_sign(const std::string& subject, const Headers& headers, std::string_view body) {
  std::string text = subject + "\n";
  for (const auto& [name, value] : headers) text += fmt::format("{}={}\n", name, value);
  text += body;
  return text;
}

void add_signature(Outgoing& message, const Key& key) {
  if (!key.present()) return;
  message.headers[kSignature] = key.sign(text_to_sign(message.subject, message.headers, message.body));
}

Result<Headers> take_headers(const Incoming& message, std::initializer_list<const char*> names) {
  Headers headers;
  for (const char* name : names) {
    headers[name] = message.header(name);
    if (headers[name].empty())
      return corrupt(fmt::format("a message of the fleet lacks the header {}", name));
  }
  return headers;
}

Status check_signature(const Incoming& message, const Headers& headers, const Key& key) {
  if (key.is_signature(text_to_sign(message.subject(), headers, message.body()), message.header(kSignature)))
    return {};
  return unsupported(message.header(kSignature).empty() ? "it is not signed with the fleet's key"
                                                        : "it is signed with another key than the fleet's");
}

Result<uint64_t> number_of(const Headers& headers, const char* name) {
  const auto number = parse_integer(headers.at(name));
  if (!number || *number < 0)
    return corrupt(fmt::format("the header {} of a message of the fleet is no number", name));
  return static_cast<uint64_t>(*number);
}

/// The parts of a subject that must have so many.
Result<std::vector<std::string>> parts_of(const Incoming& message, size_t count) {
  std::vector<std::string> parts = split_text(message.subject(), '.');
  if (parts.size() != count) return corrupt("a message of the fleet has a subject that nothing is sent to");
  return parts;
}

/// By commas; `-` for none at all.
std::string places_to_text(const std::vector<ProgramPlace>& places) {
  std::string text;
  for (const ProgramPlace& place : places) text += (text.empty() ? "" : ",") + to_text(place);
  return text.empty() ? "-" : text;
}

Result<std::vector<ProgramPlace>> read_places(const std::string& text) {
  std::vector<ProgramPlace> places;
  if (text == "-") return places;
  for (const std::string& one : split_text(text, ',')) {
    TAMIS_ASSIGN(ProgramPlace place, read_place(one));
    places.push_back(std::move(place));
  }
  return places;
}

}  // namespace

Outgoing encode_job(const Job& job, const Key& key) {
  Outgoing message;
  message.subject = job_subject(job.stage, job.queue, job.session);
  message.id = fmt::format("{}.{}", job.session, job.id);
  message.headers = {{"Tamis-Job", fmt::format("{}", job.id)},
                     {"Tamis-Passes", fmt::format("{}", job.passes)},
                     {"Tamis-Task", job.task},
                     {"Tamis-Known", job.known ? "1" : "0"},
                     {"Tamis-Reference", job.reference ? "1" : "0"},
                     {"Tamis-Programs", places_to_text(job.programs)}};
  for (const TryMessage& one : job.tries) message.body += encode(Message(one)) + "\n";
  if (job.reference) message.body += encode(Message(*job.reference)) + "\n";
  add_signature(message, key);
  return message;
}

Result<Job> decode_job(const Incoming& message, const Key& key) {
  TAMIS_ASSIGN(const std::vector<std::string> parts, parts_of(message, 4));
  TAMIS_ASSIGN(const Headers headers,
               take_headers(message, {"Tamis-Job", "Tamis-Passes", "Tamis-Task", "Tamis-Known",
                                      "Tamis-Reference", "Tamis-Programs"}));
  TAMIS_TRY(check_signature(message, headers, key));
  Job job;
  job.stage = parts[1] == "builds" ? Stage::build : parts[1] == "runs" ? Stage::run : Stage::whole;
  job.queue = parts[2];
  job.session = parts[3];
  TAMIS_ASSIGN(job.id, number_of(headers, "Tamis-Job"));
  TAMIS_ASSIGN(job.passes, number_of(headers, "Tamis-Passes"));
  job.task = headers.at("Tamis-Task");
  job.known = headers.at("Tamis-Known") == "1";
  TAMIS_ASSIGN(job.programs, read_places(headers.at("Tamis-Programs")));
  for (const std::string& line : split_text(message.body(), '\n')) {
    if (line.empty()) continue;
    TAMIS_ASSIGN(Message one, decode(line));
    auto* request = std::get_if<TryMessage>(&one);
    if (request == nullptr) return corrupt("a job holds a message that is no \"try\"");
    job.tries.push_back(std::move(*request));
  }
  if (headers.at("Tamis-Reference") == "1" && !job.tries.empty()) {
    job.reference = std::move(job.tries.back());
    job.tries.pop_back();
  }
  if (job.tries.empty()) return corrupt("a job holds nothing to try");
  const size_t programs = job.stage == Stage::run ? job.tries.size() + (job.reference ? 1 : 0) : 0;
  if (job.programs.size() != programs) return corrupt("a job has not as many programs as tries");
  return job;
}

Outgoing encode_report(const Report& report, const Key& key) {
  Outgoing message;
  message.subject = result_subject(report.session);
  // Events have no part; each is another.
  message.id = report.kind == ReportKind::event
                   ? std::string()
                   : fmt::format("{}.{}.{}.{}.{}", report.session, report.job, report.part,
                                 name_of_kind(report.kind), report.device);
  message.headers = {{"Tamis-Kind", std::string(name_of_kind(report.kind))},
                     {"Tamis-Job", fmt::format("{}", report.job)},
                     {"Tamis-Part", fmt::format("{}", report.part)},
                     {"Tamis-Device", report.device},
                     {"Tamis-Program", to_text(report.program)}};
  message.body = report.body;
  add_signature(message, key);
  return message;
}

Result<Report> decode_report(const Incoming& message, const Key& key) {
  TAMIS_ASSIGN(const std::vector<std::string> parts, parts_of(message, 3));
  TAMIS_ASSIGN(const Headers headers, take_headers(message, {"Tamis-Kind", "Tamis-Job", "Tamis-Part",
                                                             "Tamis-Device", "Tamis-Program"}));
  TAMIS_TRY(check_signature(message, headers, key));
  Report report;
  report.session = parts[2];
  bool found = false;
  for (const auto& [value, name] : kKinds)
    if (name == headers.at("Tamis-Kind")) {
      report.kind = value;
      found = true;
    }
  if (!found) return corrupt("a report of a worker is of an unknown kind");
  TAMIS_ASSIGN(report.job, number_of(headers, "Tamis-Job"));
  TAMIS_ASSIGN(report.part, number_of(headers, "Tamis-Part"));
  report.device = headers.at("Tamis-Device");
  TAMIS_ASSIGN(report.program, read_place(headers.at("Tamis-Program")));
  report.body = message.body();
  return report;
}

}  // namespace tamis::fleet
