#include "base/text.h"
#include "tamis/task.h"

#include <algorithm>

namespace tamis {
namespace {

bool is_property(const std::string& word) {
  const size_t sign = word.find('=');
  if (sign == 0 || sign == std::string::npos || word.find('=', sign + 1) != std::string::npos) return false;
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(sign),
                     [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); });
}

}  // namespace

std::optional<std::string> TaskIdentity::property(std::string_view name) const {
  for (const auto& [key, value] : properties)
    if (key == name) return value;
  return std::nullopt;
}

std::string to_string(const TaskIdentity& identity) {
  std::string text = identity.kind;
  if (!identity.subject.empty()) text += " " + identity.subject;
  for (const auto& [name, value] : identity.properties) text += " " + name + "=" + value;
  return text;
}

Result<TaskIdentity> parse_identity(const std::string& text) {
  std::vector<std::string> words = split_text(text, ' ');
  if (words.empty() || words.front().empty())
    return corrupt("an identity of a task must name the kind of its target");
  TaskIdentity identity;
  identity.kind = words.front();
  size_t end = words.size();
  while (end > 1 && is_property(words[end - 1])) --end;
  for (size_t i = end; i < words.size(); ++i) {
    const size_t sign = words[i].find('=');
    identity.properties.emplace_back(words[i].substr(0, sign), words[i].substr(sign + 1));
  }
  for (size_t i = 1; i < end; ++i) identity.subject += (i == 1 ? "" : " ") + words[i];
  return identity;
}

}  // namespace tamis
