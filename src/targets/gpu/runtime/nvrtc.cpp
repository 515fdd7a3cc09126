#include "targets/gpu/runtime/nvrtc.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {

/// What NVRTC calls a program; only its address matters.
struct NvrtcProgram;

struct Nvrtc::Functions {
  using Outcome = int;  // nvrtcResult
  const char* (*error_text)(Outcome) = nullptr;
  Outcome (*version)(int* major, int* minor) = nullptr;
  Outcome (*architecture_count)(int* count) = nullptr;
  Outcome (*architectures)(int* numbers) = nullptr;
  Outcome (*create)(NvrtcProgram** program, const char* text, const char* name, int headers,
                    const char* const* header_texts, const char* const* header_names) = nullptr;
  Outcome (*destroy)(NvrtcProgram** program) = nullptr;
  Outcome (*add_name)(NvrtcProgram* program, const char* expression) = nullptr;
  Outcome (*compile)(NvrtcProgram* program, int count, const char* const* options) = nullptr;
  Outcome (*log_size)(NvrtcProgram* program, size_t* bytes) = nullptr;
  Outcome (*log)(NvrtcProgram* program, char* text) = nullptr;
  Outcome (*cubin_size)(NvrtcProgram* program, size_t* bytes) = nullptr;
  Outcome (*cubin)(NvrtcProgram* program, char* bytes) = nullptr;
  Outcome (*lowered_name)(NvrtcProgram* program, const char* expression, const char** name) = nullptr;
};

namespace {

// Of nvrtcResult.
constexpr int kSuccess = 0;
constexpr int kInvalidOption = 5;
constexpr int kCompilation = 6;

constexpr std::string_view kReport = "ptxas info";
constexpr std::string_view kReportContinued = "ptxas         .";

/// Destroys a program in the end.
template <class Destroy>
class ProgramGuard {
 public:
  ProgramGuard(NvrtcProgram* program, Destroy* destroy) : program_(program), destroy_(destroy) {}
  ProgramGuard(const ProgramGuard&) = delete;
  ProgramGuard& operator=(const ProgramGuard&) = delete;
  ~ProgramGuard() { destroy_(&program_); }
  NvrtcProgram* get() const { return program_; }

 private:
  NvrtcProgram* program_;
  Destroy* destroy_;
};

std::vector<const char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  pointers.reserve(texts.size());
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  return pointers;
}

/// A log holds a NUL byte between what its compilers say, and what is wrong may stand behind it.
std::string readable(std::string log) {
  std::replace(log.begin(), log.end(), '\0', '\n');
  log.erase(log.find_last_not_of('\n') + 1);
  return log;
}

/// The number that stands right before a phrase; nothing where the line does not have it.
std::optional<uint64_t> number_before(std::string_view line, std::string_view phrase) {
  const size_t end = line.find(phrase);
  if (end == std::string_view::npos) return std::nullopt;
  size_t begin = end;
  while (begin > 0 && line[begin - 1] >= '0' && line[begin - 1] <= '9') --begin;
  uint64_t number = 0;
  const auto [stopped, code] = std::from_chars(line.data() + begin, line.data() + end, number);
  if (code != std::errc{} || begin == end) return std::nullopt;
  return number;
}

/// What stands between quotes; nothing where there are none.
std::optional<std::string> text_in_quotes(std::string_view line) {
  const size_t begin = line.find('\'');
  const size_t end = begin == std::string_view::npos ? begin : line.find('\'', begin + 1);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(line.substr(begin + 1, end - begin - 1));
}

void read_report(std::string_view line, PtxasFacts& kernel) {
  const auto read = [&](std::string_view phrase, auto& value) {
    if (const auto number = number_before(line, phrase))
      value = static_cast<std::remove_reference_t<decltype(value)>>(*number);
  };
  read(" registers", kernel.registers);
  read(" barriers", kernel.barriers);
  read(" bytes smem", kernel.shared_bytes);
  read(" bytes stack frame", kernel.stack_bytes);
  read(" bytes cumulative stack size", kernel.stack_bytes);
  read(" bytes spill stores", kernel.spill_store_bytes);
  read(" bytes spill loads", kernel.spill_load_bytes);
}

}  // namespace

Result<std::shared_ptr<const Nvrtc>> Nvrtc::load(std::shared_ptr<const SharedLibrary> library) {
  const auto functions = std::make_shared<Functions>();
  const SharedLibrary& from = *library;
  TAMIS_TRY(from.bind("nvrtcGetErrorString", functions->error_text));
  TAMIS_TRY(from.bind("nvrtcVersion", functions->version));
  TAMIS_TRY(from.bind("nvrtcGetNumSupportedArchs", functions->architecture_count));
  TAMIS_TRY(from.bind("nvrtcGetSupportedArchs", functions->architectures));
  TAMIS_TRY(from.bind("nvrtcCreateProgram", functions->create));
  TAMIS_TRY(from.bind("nvrtcDestroyProgram", functions->destroy));
  TAMIS_TRY(from.bind("nvrtcAddNameExpression", functions->add_name));
  TAMIS_TRY(from.bind("nvrtcCompileProgram", functions->compile));
  TAMIS_TRY(from.bind("nvrtcGetProgramLogSize", functions->log_size));
  TAMIS_TRY(from.bind("nvrtcGetProgramLog", functions->log));
  TAMIS_TRY(from.bind("nvrtcGetCUBINSize", functions->cubin_size));
  TAMIS_TRY(from.bind("nvrtcGetCUBIN", functions->cubin));
  TAMIS_TRY(from.bind("nvrtcGetLoweredName", functions->lowered_name));
  std::shared_ptr<Nvrtc> nvrtc(new Nvrtc(std::move(library), functions));
  TAMIS_TRY(nvrtc->ask());
  return std::shared_ptr<const Nvrtc>(std::move(nvrtc));
}

/// Asks the library what it is.
Status Nvrtc::ask() {
  int count = 0;
  if (functions_->version(&major_, &minor_) != kSuccess ||
      functions_->architecture_count(&count) != kSuccess || count < 1)
    return io_error(fmt::format("{} does not say its version; install it again", origin()));
  architectures_.resize(static_cast<size_t>(count));
  if (functions_->architectures(architectures_.data()) != kSuccess)
    return io_error(fmt::format("{} does not say its architectures; install it again", origin()));
  return {};
}

std::string Nvrtc::version() const { return fmt::format("{}.{}", major_, minor_); }

Result<NvrtcResult> Nvrtc::compile(const NvrtcRequest& request) const {
  const auto failed = [&](const char* doing, int outcome) {
    return io_error(fmt::format("{} failed at {}: {}", origin(), doing, functions_->error_text(outcome)));
  };
  std::vector<const char*> header_names;
  std::vector<const char*> header_texts;
  for (const auto& [name, text] : request.headers) {
    header_names.push_back(name.c_str());
    header_texts.push_back(text.c_str());
  }
  NvrtcProgram* made = nullptr;
  if (const int outcome =
          functions_->create(&made, request.text.c_str(), request.name.c_str(),
                             static_cast<int>(header_names.size()), header_texts.data(), header_names.data());
      outcome != kSuccess)
    return failed("taking a program", outcome);
  const ProgramGuard program(made, functions_->destroy);
  for (const std::string& entry : request.entries)
    if (const int outcome = functions_->add_name(program.get(), entry.c_str()); outcome != kSuccess)
      return failed("taking a name", outcome);
  const std::vector<const char*> options = pointers_to(request.options);
  const int compiled = functions_->compile(program.get(), static_cast<int>(options.size()), options.data());
  NvrtcResult result;
  size_t bytes = 0;
  if (functions_->log_size(program.get(), &bytes) == kSuccess && bytes > 0) {
    std::string log(bytes, '\0');
    if (functions_->log(program.get(), log.data()) == kSuccess) result.log = readable(std::move(log));
  }
  if (compiled != kSuccess) {
    result.invalid_option = compiled == kInvalidOption;
    if (compiled == kInvalidOption || compiled == kCompilation) return result;
    return failed("compiling", compiled).within(result.log.empty() ? "NVRTC" : result.log);
  }
  if (const int outcome = functions_->cubin_size(program.get(), &bytes); outcome != kSuccess)
    return failed("giving the cubin", outcome);
  result.cubin.resize(bytes);
  if (const int outcome = functions_->cubin(program.get(), result.cubin.data()); outcome != kSuccess)
    return failed("giving the cubin", outcome);
  for (const std::string& entry : request.entries) {
    const char* name = nullptr;
    if (const int outcome = functions_->lowered_name(program.get(), entry.c_str(), &name);
        outcome != kSuccess || name == nullptr)
      return failed("naming a kernel", outcome);
    result.names.emplace(entry, name);
  }
  result.compiled = true;
  return result;
}

std::map<std::string, PtxasFacts> read_ptxas_log(const std::string& log) {
  std::map<std::string, PtxasFacts> kernels;
  std::optional<std::string> kernel;  // whose report this is
  for (const std::string& line : split_text(log, '\n')) {
    if (line.find("Compiling entry function") != std::string::npos)
      kernel = text_in_quotes(line);
    else if (kernel && line.find("Function properties for ") != std::string::npos &&
             !line.ends_with("for " + *kernel))
      kernel.reset();  // a function that it calls
    else if (kernel && (line.starts_with(kReport) || line.starts_with(kReportContinued)))
      read_report(line, kernels[*kernel]);
  }
  return kernels;
}

std::string without_ptxas_reports(const std::string& log) {
  std::string kept;
  for (const std::string& line : split_text(log, '\n')) {
    if (line.empty() || line.starts_with(kReport) || line.starts_with(kReportContinued)) continue;
    kept += (kept.empty() ? "" : "\n") + line;
  }
  return kept;
}

bool complains_of_resources(const std::string& log) {
  for (const std::string& line : split_text(log, '\n')) {
    if (!line.starts_with("ptxas") || line.find("error") == std::string::npos) continue;
    for (const char* phrase : {"too much", "too many", "overflowed"})
      if (line.find(phrase) != std::string::npos) return true;
  }
  return false;
}

}  // namespace tamis::gpu
