#include "cli/inputs.h"

#include "base/file_text.h"
#include "log/stored_sessions.h"
#include "tamis/formats.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <glob.h>

namespace tamis::cli {
namespace {

/// How many files of a folder that are passed over are named.
constexpr size_t kNamedOthers = 10;

/// The files that a pattern such as `runs/*.json` stands for, sorted; the path itself where it is none.
std::vector<std::string> matches_of(const std::string& path) {
  std::error_code ignored;
  if (path.find_first_of("*?[") == std::string::npos || std::filesystem::exists(path, ignored)) return {path};
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(path.c_str(), 0, nullptr, &found) == 0)
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return paths.empty() ? std::vector<std::string>{path} : paths;
}

/// The files of a folder, sorted, without folders and hidden ones.
std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_directory(ignored) && !entry->path().filename().string().starts_with('.'))
      files.push_back(entry->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Whether it is what SQLite keeps beside a log that is open.
bool belongs_to_log(const std::string& path) {
  std::error_code ignored;
  for (const std::string_view ending : {"-wal", "-shm"})
    if (path.ends_with(ending) &&
        std::filesystem::is_regular_file(path.substr(0, path.size() - ending.size()), ignored))
      return true;
  return false;
}

/// Names the files of a folder or a pattern that are passed over.
void tell_others(const std::string& argument, const std::vector<std::string>& others,
                 const Console& console) {
  if (others.empty()) return;
  std::string names;
  for (size_t i = 0; i < std::min(kNamedOthers, others.size()); ++i)
    names += (i > 0 ? ", " : "") + std::filesystem::path(others[i]).filename().string();
  if (others.size() > kNamedOthers) names += ", ...";
  console.note(fmt::format("tamis: {}: passed over {} file{} of other kinds: {}\n", argument, others.size(),
                           others.size() == 1 ? "" : "s", names));
}

/// Whether a command reads a file, or would say why it cannot. A pipe would be waited for, perhaps forever.
bool is_input(const std::string& path, Logs logs) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  const Result<std::string> format = format_of(path);
  if (format.ok()) return *format != kLogFormat || logs == Logs::take;
  return !FileText::open(path).ok();
}

}  // namespace

Result<std::vector<std::string>> expand_input(const std::string& argument, Logs logs,
                                              const Console& console) {
  std::vector<std::string> candidates = matches_of(argument);
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(argument, ignored);
  if (folder) candidates = files_of(argument);
  if (!folder && candidates.size() == 1 && candidates.front() == argument) return candidates;
  std::erase_if(candidates, belongs_to_log);
  std::vector<std::string> files, others;
  for (const std::string& path : candidates) (is_input(path, logs) ? files : others).push_back(path);
  tell_others(argument, others, console);
  if (files.empty())
    return not_found(fmt::format("{}: there is no file of a known format {}; known are:\n{}", argument,
                                 folder ? "in this directory" : "of this name", known_formats()));
  return files;
}

Result<std::vector<std::string>> expand_inputs(const std::vector<std::string>& arguments, Logs logs,
                                               const Console& console) {
  std::vector<std::string> all;
  for (const std::string& argument : arguments) {
    TAMIS_ASSIGN(std::vector<std::string> files, expand_input(argument, logs, console));
    all.insert(all.end(), files.begin(), files.end());
  }
  return all;
}

Status check_output(const std::string& output, const std::vector<std::string>& inputs) {
  std::error_code ignored;
  for (const std::string& input : inputs)
    if (std::filesystem::equivalent(output, input, ignored))
      return invalid_input(fmt::format(
          "{} is what is to be read, and writing there would destroy it; name another file", output));
  if (std::filesystem::is_regular_file(output, ignored) && is_log(output))
    return invalid_input(fmt::format(
        "{} is a log of tamis, and writing there would destroy its trials; name another file", output));
  for (const std::string_view ending : {"-wal", "-shm"}) {
    if (!output.ends_with(ending)) continue;
    const std::string log = output.substr(0, output.size() - ending.size());
    if (std::filesystem::is_regular_file(log, ignored) && is_log(log))
      return invalid_input(fmt::format("{} is a part of the log {}; name another file", output, log));
  }
  return {};
}

}  // namespace tamis::cli
