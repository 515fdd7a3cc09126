#include "targets/cpu/identity.h"

#include "base/text.h"

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

/// Raised whenever a config gives another program than before, so that trials of different generations are
/// not taken for the same.
constexpr int kGeneration = 1;

/// The text behind `key=`; nothing where the word is another.
std::optional<std::string> value_of(const std::string& word, std::string_view key) {
  const std::string begin = std::string(key) + "=";
  if (!word.starts_with(begin)) return std::nullopt;
  return word.substr(begin.size());
}

std::optional<int64_t> number_of(const std::string& word, std::string_view key) {
  const std::optional<std::string> value = value_of(word, key);
  return value ? parse_integer(*value) : std::nullopt;
}

}  // namespace

std::string to_string(const Identity& identity) {
  return fmt::format("cpu {} {} threads={} caches={} generation={}", identity.machine.cpu,
                     identity.machine.features, identity.threads, identity.cold ? "cold" : "warm",
                     kGeneration);
}

Result<Identity> parse_identity(const std::string& text) {
  const std::vector<std::string> words = split_text(text, ' ');
  if (words.size() != 6 || words[0] != "cpu")
    return corrupt(fmt::format("\"{}\" is no identity of a target cpu", text));
  const std::optional<int64_t> threads = number_of(words[3], "threads");
  const std::optional<std::string> caches = value_of(words[4], "caches");
  const std::optional<int64_t> generation = number_of(words[5], "generation");
  if (!threads || *threads < 1 || *threads > 65536 || !caches || !generation)
    return corrupt(fmt::format("\"{}\" is no identity of a target cpu", text));
  if (*generation != kGeneration)
    return unsupported(fmt::format(
        "it was tuned by a release whose configs were other programs (generation {} instead of {}); "
        "tune it again",
        *generation, kGeneration));
  Identity identity;
  TAMIS_ASSIGN(identity.machine, recorded_machine(words[1], words[2]));
  identity.threads = static_cast<int>(*threads);
  identity.cold = *caches == "cold";
  return identity;
}

}  // namespace tamis::cpu
