#include "space/file/yaml.h"

#include "base/json.h"
#include "base/text.h"
#include "space/file/space_parts.h"

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace tamis {
namespace {

constexpr size_t kDeepestYaml = 64;
constexpr size_t kMostWeight = 1'000'000;  ///< a value weighs 1, and 1 more for every 16 bytes of text
constexpr size_t kLongestYaml = size_t{1} << 20;

/// Whether a decimal number has zeros that are not kept: `010`, which is 8 to others, `1.50`.
bool has_other_form(std::string_view digits) {
  if (const std::optional<int64_t> whole = parse_integer(digits)) return std::to_string(*whole) != digits;
  const size_t point = digits.find('.');
  if (point == std::string_view::npos || !parse_number(digits)) return false;
  const size_t end = std::min(digits.find_first_of("eE"), digits.size());
  const size_t sign = digits.starts_with('-') ? 1 : 0;
  return (end > point + 2 && digits[end - 1] == '0') || (point > sign + 1 && digits[sign] == '0');
}

/// A scalar that is not quoted.
Json plain(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const std::string_view digits = text.starts_with('+') ? std::string_view(text).substr(1) : text;
  if (has_other_form(digits)) return marked_number(text);
  if (const std::optional<int64_t> whole = parse_integer(digits)) return *whole;
  if (const std::optional<std::string> unheld = unheld_number(text)) return *unheld;
  const char first = digits.empty() ? ' ' : digits.front();
  const bool numeric = (first >= '0' && first <= '9') || first == '-' || first == '.';
  if (const std::optional<double> real = parse_number(digits); real && numeric) return *real;
  return text;
}

/// Makes JSON of yaml-cpp's events as they come. After an error it takes no more notice of them.
class JsonBuilder final : public YAML::EventHandler {
 public:
  explicit JsonBuilder(const std::string& origin) : origin_(origin) {}

  Result<Json> finish() {
    if (error_) return *error_;
    if (!root_) return corrupt(fmt::format("{}: there is no document", origin_));
    return std::move(*root_);
  }
  bool found_any() const { return root_ || error_; }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add({nullptr, 1}, mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) return fail(mark, "an alias stands for something that holds it");
    if (found->second.weight > kMostWeight - weight_) return fail_weight(mark);
    add(found->second, mark, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool is_key = !error_ && !frames_.empty() && frames_.back().expects_key();
    if (is_key && tag == "?" && value == "<<")
      return fail(mark, "merge keys (<<) are not read; repeat what they stand for");
    if (is_key) return take_key(mark, value);
    if (!is_untagged(tag)) return fail_tag(mark, tag);
    // Of a plain scalar the tag is `?`, of a quoted one `!`.
    add({tag == "?" ? plain(value) : Json(value), 1 + value.size() / 16}, mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    if (!is_untagged(tag)) return fail_tag(mark, tag);
    open(Json::array(), mark, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    if (!is_untagged(tag)) return fail_tag(mark, tag);
    open(Json::object(), mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Weighed {
    Json json;
    size_t weight;
  };
  /// A list or mapping that is not closed yet.
  struct Frame {
    Weighed value;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    std::set<std::string> keys = {};
    std::optional<std::string> key = {};  ///< whose value comes next
    bool expects_key() const { return value.json.is_object() && !key; }
  };

  static bool is_untagged(const std::string& tag) { return tag.empty() || tag == "?" || tag == "!"; }
  void fail_tag(const YAML::Mark& mark, const std::string& tag) {
    fail(mark, fmt::format("the tag {} is not read; leave it out, and put quotes around a text", tag));
  }

  void take_key(const YAML::Mark& mark, const std::string& key) {
    Frame& frame = frames_.back();
    if (!frame.keys.insert(key).second)
      return fail(mark, fmt::format("the key \"{}\" occurs twice in one mapping", key));
    frame.key = key;
  }

  void open(Json empty, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (error_) return;
    if (!frames_.empty() && frames_.back().expects_key()) return fail(mark, "a key must be a text");
    if (frames_.size() >= kDeepestYaml)
      return fail(mark, fmt::format("nested deeper than {} levels", kDeepestYaml));
    frames_.push_back({{std::move(empty), 1}, mark, anchor});
  }

  void close() {
    if (error_) return;
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    // Its elements are counted already.
    weight_ -= frame.value.weight - 1;
    add(std::move(frame.value), frame.mark, frame.anchor);
  }

  void add(Weighed value, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (error_) return;
    if (value.weight > kMostWeight - weight_) return fail_weight(mark);
    weight_ += value.weight;
    if (anchor != 0) {
      if (value.weight > kMostWeight - weight_) return fail_weight(mark);
      weight_ += value.weight;
      anchored_.insert_or_assign(anchor, value);
    }
    if (frames_.empty()) {
      root_ = std::move(value.json);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.expects_key()) return fail(mark, "a key must be a text");
    frame.value.weight += value.weight;
    if (!frame.key) {
      frame.value.json.push_back(std::move(value.json));
      return;
    }
    // Not operator[], which looks through all members for the key.
    frame.value.json.get_ref<Json::object_t&>().emplace_back(std::move(*frame.key), std::move(value.json));
    frame.key.reset();
  }

  void fail(const YAML::Mark& mark, std::string_view what) {
    if (!error_) error_ = corrupt(fmt::format("{}, line {}: {}", origin_, mark.line + 1, what));
  }
  void fail_weight(const YAML::Mark& mark) { fail(mark, fmt::format("more than {} values", kMostWeight)); }

  const std::string& origin_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Weighed> anchored_;
  size_t weight_ = 0;  ///< of all that was read
  std::optional<Json> root_;
  std::optional<Error> error_;
};

}  // namespace

Result<Json> parse_yaml(const std::string& text, const std::string& origin) {
  if (text.size() > kLongestYaml)
    return corrupt(fmt::format("{}: a YAML file of more than {} MiB is refused", origin, kLongestYaml >> 20));
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    JsonBuilder builder(origin);
    parser.HandleNextDocument(builder);
    // Only one more: yaml-cpp 0.7 finds documents without end behind some texts.
    JsonBuilder another(origin);
    if (builder.found_any() && parser.HandleNextDocument(another) && another.found_any())
      return corrupt(fmt::format("{}: one document is expected, but there are more", origin));
    return builder.finish();
  } catch (const YAML::Exception& exception) {
    return corrupt(
        fmt::format("{}, line {}: not valid YAML: {}", origin, exception.mark.line + 1, exception.msg));
  } catch (const std::exception& exception) {
    return corrupt(fmt::format("{}: not valid YAML: {}", origin, exception.what()));
  }
}

}  // namespace tamis
