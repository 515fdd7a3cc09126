#include "targets/command/pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace tamis::command {
namespace {

constexpr int64_t kMemoryBytes = int64_t{8} << 20;

}  // namespace

Result<Pattern> Pattern::parse(const std::string& text) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryBytes);
  auto compiled = std::make_shared<const RE2>(text, options);
  if (!compiled->ok())
    return invalid_input(fmt::format("the pattern \"{}\" cannot be read: {}", text, compiled->error()));
  return Pattern(std::move(compiled));
}

const std::string& Pattern::text() const { return compiled_->pattern(); }

bool Pattern::matches(std::string_view output) const {
  return RE2::PartialMatch(re2::StringPiece(output.data(), output.size()), *compiled_);
}

std::vector<std::string> Pattern::groups(std::string_view output) const {
  std::vector<std::string> found;
  re2::StringPiece rest(output.data(), output.size());
  std::string group;
  size_t before = rest.size() + 1;
  // An empty match would be found again and again.
  while (rest.size() < before && (before = rest.size(), RE2::FindAndConsume(&rest, *compiled_, &group)))
    found.push_back(group);
  return found;
}

std::vector<std::string> Pattern::group_names() const {
  std::vector<std::string> names(static_cast<size_t>(compiled_->NumberOfCapturingGroups()));
  for (const auto& [number, name] : compiled_->CapturingGroupNames())
    names[static_cast<size_t>(number) - 1] = name;
  return names;
}

}  // namespace tamis::command
