#include "cli/resume_command.h"

#include "base/shell.h"

#include <algorithm>

namespace tamis::cli {

std::string resume_command(std::span<const std::string> words) {
  const std::string flag = "--resume";
  // Behind `--` there are no flags.
  const auto flags_end = std::find(words.begin(), words.end(), "--");
  const bool resumes = std::find(words.begin(), flags_end, flag) != flags_end;
  std::string line;
  const auto add = [&](const std::string& word) { line += (line.empty() ? "" : " ") + shell_word(word); };
  std::for_each(words.begin(), flags_end, add);
  if (!resumes) add(flag);
  std::for_each(flags_end, words.end(), add);
  return line;
}

}  // namespace tamis::cli
