#include "format/yaml.h"

#include "base/json.h"
#include "base/text.h"

#include <exception>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace tamis {
namespace {

constexpr int kDeepest = 64;
constexpr size_t kMostNodes = 1'000'000;
constexpr size_t kLongestText = size_t{1} << 20;

/// A scalar that is not quoted.
Json plain(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const std::string_view digits = text.front() == '+' ? std::string_view(text).substr(1) : text;
  if (const std::optional<int64_t> whole = parse_integer(digits)) return *whole;
  const char first = digits.empty() ? ' ' : digits.front();
  const bool numeric = (first >= '0' && first <= '9') || first == '-' || first == '.';
  if (const std::optional<double> real = parse_number(digits); real && numeric) return *real;
  return text;
}

class Converter {
 public:
  explicit Converter(const std::string& origin) : origin_(origin) {}

  Result<Json> convert(const YAML::Node& node, int depth) {
    if (depth > kDeepest) return error(node, fmt::format("nested deeper than {} levels", kDeepest));
    if (++nodes_ > kMostNodes) return error(node, fmt::format("more than {} values", kMostNodes));
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        // yaml-cpp tells a quoted scalar by the tag `!`, and gives a plain one `?`.
        if (node.Tag() == "?" || node.Tag().empty()) return plain(node.Scalar());
        return Json(node.Scalar());
      case YAML::NodeType::Sequence:
        return sequence(node, depth);
      case YAML::NodeType::Map:
        return mapping(node, depth);
      default:
        return Json(nullptr);
    }
  }

 private:
  Result<Json> sequence(const YAML::Node& node, int depth) {
    Json list = Json::array();
    for (const YAML::Node& item : node) {
      TAMIS_ASSIGN(Json value, convert(item, depth + 1));
      list.push_back(std::move(value));
    }
    return list;
  }

  Result<Json> mapping(const YAML::Node& node, int depth) {
    std::vector<std::pair<std::string, Json>> members;
    std::set<std::string> keys;
    for (const auto& item : node) {
      if (!item.first.IsScalar()) return error(node, "a key must be a text");
      const std::string& key = item.first.Scalar();
      if (!keys.insert(key).second)
        return error(item.first, fmt::format("the key \"{}\" occurs twice in one mapping", key));
      TAMIS_ASSIGN(Json value, convert(item.second, depth + 1));
      members.emplace_back(key, std::move(value));
    }
    Json object = Json::object();
    // Not operator[], which looks through all members for the key.
    auto& all = object.get_ref<Json::object_t&>();
    for (auto& [key, value] : members) all.emplace_back(std::move(key), std::move(value));
    return object;
  }

  Error error(const YAML::Node& node, std::string_view what) const {
    return corrupt(fmt::format("{}, line {}: {}", origin_, node.Mark().line + 1, what));
  }

  const std::string& origin_;
  size_t nodes_ = 0;
};

}  // namespace

Result<Json> parse_yaml(const std::string& text, const std::string& origin) {
  if (text.size() > kLongestText)
    return corrupt(fmt::format("{}: a YAML file of more than {} MiB is refused", origin, kLongestText >> 20));
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() != 1)
      return corrupt(fmt::format("{}: one document is expected, but there are {}", origin, documents.size()));
    return Converter(origin).convert(documents.front(), 0);
  } catch (const YAML::Exception& exception) {
    return corrupt(
        fmt::format("{}, line {}: not valid YAML: {}", origin, exception.mark.line + 1, exception.msg));
  } catch (const std::exception& exception) {
    return corrupt(fmt::format("{}: not valid YAML: {}", origin, exception.what()));
  }
}

}  // namespace tamis
