#pragma once

#include "tamis/config_key.h"
#include "tamis/hint.h"
#include "tamis/json_fwd.h"
#include "tamis/random.h"
#include "tamis/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tamis {

/// One value of a knob: an integer, a real number, a name, or a split of an extent into ordered factors
/// (outermost first; their product is the extent).
using KnobValue = std::variant<int64_t, double, std::string, std::vector<int64_t>>;

/// What the values of a knob mean to a model.
enum class KnobKind {
  number,  ///< ordered numbers: tile sizes, unroll factors, thread counts
  name,    ///< unordered names: an algorithm, a layout
  split,   ///< splits of one extent; all values have the same number of factors
};

/// One choice with a finite list of values. A config names a value by its position in `values`.
struct Knob {
  std::string name;
  KnobKind kind = KnobKind::number;
  std::vector<KnobValue> values;
};

/// A knob of kind number.
Knob number_knob(std::string name, std::vector<int64_t> values);
/// A knob of kind name.
Knob name_knob(std::string name, std::vector<std::string> values);
/// All ways to write `extent` as `parts` ordered factors, in AutoTVM's order: for two parts the inner factor
/// ascends. `extent` must be at least 1 and `parts` at least 2.
Knob split_knob(std::string name, int64_t extent, int parts);

/// The value as people write it: `8`, `0.5`, `nchw`, `[7, 8]`.
std::string to_string(const KnobValue& value);
/// The same, but a split by its inner factors only, from which the outermost follows: [7, 8] as `8`, [2, 2,
/// 14] as `2x14`.
std::string to_short_string(const KnobValue& value);
/// The value as JSON: a number, a string or an array of numbers.
Json to_json(const KnobValue& value);
/// The number that stands for the value in tables and formulas: itself, or the innermost factor of a split.
/// A name has none (0).
double scalar(const KnobValue& value);

/// A value for every knob of a space, as positions in the knobs' value lists, in the order of the knobs.
struct Config {
  std::vector<uint32_t> choices;
  friend bool operator==(const Config&, const Config&) = default;
};

class AllowedConfigs;
class Space;

/// A declared restriction: configs for which `holds` is false are outside the space and are never tried.
struct Constraint {
  std::string text;  ///< as the user may read it: "tile_h * tile_w <= 2048"
  std::function<bool(const Space&, const Config&)> holds;  ///< must be pure and thread safe
  /// The names of the knobs that `holds` looks at, so that enumerating a space can leave out whole parts of
  /// it as soon as these are chosen. Empty: it may look at all of them.
  std::vector<std::string> knobs = {};
};

/// Knobs plus declared constraints. Configs are ranked in mixed radix over the knobs, the first knob varying
/// fastest, as AutoTVM ranks them, so that an index means the same in both. Immutable and so thread safe once
/// made.
///
/// The product may have any size. Where it fits 63 bits the space is countable, and every config has an
/// index; in a larger space configs are told apart by their choices or their key, and nothing has an index.
class Space {
 public:
  /// What stands for the number of configs and for the index of one where 63 bits do not suffice.
  static constexpr uint64_t kUncountable = ConfigKey::kNone;

  Space() = default;

  /// Errors: invalid_input when a knob has no value or two knobs share a name.
  static Result<Space> create(std::vector<Knob> knobs, std::vector<Constraint> constraints = {});
  /// A space that holds exactly the listed configs of the product, as a recorded table does: every other one
  /// is outside it. `listed` may come in any order. Errors: as create, and invalid_input for a key beyond the
  /// product or one listed twice.
  static Result<Space> create_listed(std::vector<Knob> knobs, std::vector<ConfigKey> listed);

  /// The same space with further declared constraints after its own.
  Space constrained(std::vector<Constraint> further) const;
  /// The same space with further hints after its own, which must be of its knobs (tamis/hint.h). They change
  /// neither what it allows nor its fingerprint.
  Space hinted(std::vector<Hint> further) const;
  /// The same space with its allowed configs enumerated, without visiting the others: it then counts,
  /// samples and lists them at once, however few of the product they are. Errors: unsupported when a group of
  /// knobs that constraints join has too many allowed choices to be held.
  Result<Space> enumerated() const;

  const std::vector<Knob>& knobs() const { return knobs_; }
  const std::vector<Constraint>& constraints() const { return constraints_; }
  /// What its user believes to be likely good; a strategy tries the first of them first.
  const std::vector<Hint>& hints() const { return hints_; }
  /// Whether the full product has fewer than 2^63 configs.
  bool countable() const { return size_ != kUncountable; }
  /// The number of configs of the full product, constraints not regarded; kUncountable where the space is not
  /// countable.
  uint64_t size() const { return size_; }
  /// The binary logarithm of that number, however large it is; minus infinity where there is no config.
  double log2_size() const;
  /// The allowed configs of a space made by enumerated(); nullptr for any other space.
  const AllowedConfigs* enumeration() const { return enumeration_.get(); }
  /// The configs of a space made by create_listed, as they are ranked; nullptr for any other space.
  const std::vector<ConfigKey>* listed() const { return listed_.get(); }
  /// All allowed configs as they are ranked; nothing when there are more than `limit`. Unless the space is
  /// enumerated or listed this visits the full product, and gives up on one of more than kVisitable configs.
  std::optional<std::vector<ConfigKey>> allowed_keys(uint64_t limit) const;
  static constexpr uint64_t kVisitable = uint64_t{1} << 22;

  /// The config of an index below size(); in a space that is not countable, of any rank below 2^64.
  Config config(uint64_t index) const;
  /// The config of a key of this space.
  Config config(const ConfigKey& key) const;
  /// The index of a config of this space; kUncountable where the space is not countable.
  uint64_t index(const Config& config) const;
  /// The key of a config of this space, countable or not.
  ConfigKey key(const Config& config) const;
  /// The rank of a config of this space, however large, in decimal digits.
  std::string rank_text(const Config& config) const;

  /// The position of the knob with this name.
  std::optional<size_t> find(std::string_view name) const;
  /// The value that a config gives to the knob at `position`.
  const KnobValue& value(const Config& config, size_t position) const;
  /// The scalar() of the value of the named knob, for targets that know their own knobs; the knob must exist.
  int64_t integer(const Config& config, std::string_view name) const;
  /// `tile_h=8 tile_w=56 ...`: a split is written by its inner factors (the outermost follows from the
  /// extent).
  std::string describe(const Config& config) const;
  /// The config with the named values, given as people write them: `tile_h=8`; knobs that are not named keep
  /// their first value. Errors: invalid_input for an unknown knob or value, naming those there are, and for a
  /// knob given twice.
  Result<Config> parse(std::span<const std::string> assignments) const;

  /// Whether the config is listed, where configs are, and every declared constraint holds.
  bool allows(const Config& config) const;
  /// A uniformly random config of the full product, allowed or not; there must be one.
  Config draw(Random& random) const;
  /// A uniformly random allowed config. An enumerated space is drawn from directly; elsewhere nothing when
  /// `attempts` draws of the full product were all excluded.
  std::optional<Config> sample(Random& random, int attempts = 100000) const;
  /// `config` with one random knob changed to another random value, allowed or not; the same config when no
  /// knob has two.
  Config mutate(const Config& config, Random& random) const;

  /// Text that changes when knobs, values, their order or constraints change: what a log stores to recognise
  /// a space.
  std::string fingerprint() const;

 private:
  std::vector<Knob> knobs_;
  std::vector<Constraint> constraints_;
  std::vector<Hint> hints_;
  uint64_t size_ = 0;
  std::vector<size_t> word_ends_;  // the knobs of every word of a key end here; none in a countable space
  std::shared_ptr<const std::vector<ConfigKey>> listed_;  // ascending; shared by copies, as it may be long
  std::shared_ptr<const AllowedConfigs> enumeration_;
};

/// Whether a config has a value of the space for every knob, allowed or not: what comes from outside may not.
inline bool belongs(const Space& space, const Config& config) {
  if (config.choices.size() != space.knobs().size()) return false;
  for (size_t i = 0; i < config.choices.size(); ++i)
    if (config.choices[i] >= space.knobs()[i].values.size()) return false;
  return true;
}

/// An allowed config near one that may not be, as AllowedConfigs::nearest; the same one where the space is
/// not enumerated or allows nothing.
Config near_allowed(const Space& space, const Config& config);

/// The index of a config of a countable space; nothing in a larger one.
inline std::optional<uint64_t> known_index(const Space& space, const Config& config) {
  return space.countable() ? std::optional(space.index(config)) : std::nullopt;
}
/// How people refer to a config: `config 17`; where the space is not countable by its values.
std::string name_config(const Space& space, const Config& config);

/// How many configs a space allows, where that is known without visiting them and fits 63 bits: it is
/// enumerated or listed, or has no constraints.
std::optional<uint64_t> known_count(const Space& space);
/// The same, or counted by visiting them (Space::allowed_keys); nothing where that would take too long.
std::optional<uint64_t> count_allowed(const Space& space);
/// A number of configs as people read it, from its binary logarithm where it does not fit 63 bits: `2304`,
/// `about 1.3e81`.
std::string count_text(uint64_t count, double log2_count);
/// Space::size() in this form.
inline std::string size_text(const Space& space) { return count_text(space.size(), space.log2_size()); }

}  // namespace tamis
