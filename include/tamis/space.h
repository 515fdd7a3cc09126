#pragma once

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
class Space {
 public:
  Space() = default;

  /// Errors: invalid_input when a knob has no value, two knobs share a name, or the product of the numbers of
  /// values does not fit 63 bits.
  static Result<Space> create(std::vector<Knob> knobs, std::vector<Constraint> constraints = {});
  /// A space that holds exactly the listed configs of the product, as a recorded table does: every other one
  /// is outside it. `indexes` may come in any order. Errors: as create, and invalid_input for an index beyond
  /// the product or one listed twice.
  static Result<Space> create_listed(std::vector<Knob> knobs, std::vector<uint64_t> indexes);

  /// The same space with further declared constraints after its own.
  Space constrained(std::vector<Constraint> further) const;
  /// The same space with its allowed configs enumerated, without visiting the others: it then counts,
  /// samples and lists them at once, however few of the product they are. Errors: unsupported when a group of
  /// knobs that constraints join has too many allowed choices to be held.
  Result<Space> enumerated() const;

  const std::vector<Knob>& knobs() const { return knobs_; }
  const std::vector<Constraint>& constraints() const { return constraints_; }
  /// The number of configs of the full product, constraints not regarded.
  uint64_t size() const { return size_; }
  /// The allowed configs of a space made by enumerated(); nullptr for any other space.
  const AllowedConfigs* enumeration() const { return enumeration_.get(); }
  /// The configs of a space made by create_listed, by ascending index; nullptr for any other space.
  const std::vector<uint64_t>* listed() const { return listed_.get(); }
  /// The indexes of all allowed configs in ascending order; nothing when there are more than `limit`. Unless
  /// the space is enumerated or listed this visits the full product, and gives up on one of more than
  /// kVisitable configs.
  std::optional<std::vector<uint64_t>> allowed_indexes(uint64_t limit) const;
  static constexpr uint64_t kVisitable = uint64_t{1} << 22;

  /// The config of an index below size().
  Config config(uint64_t index) const;
  /// The index of a config of this space.
  uint64_t index(const Config& config) const;

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
  uint64_t size_ = 0;
  std::shared_ptr<const std::vector<uint64_t>> listed_;  // ascending; shared by copies, as it may be long
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

/// How many configs a space allows, where that is known without visiting them: it is enumerated or listed, or
/// has no constraints.
std::optional<uint64_t> known_count(const Space& space);
/// The same, or counted by visiting them (Space::allowed_indexes); nothing where that would take too long.
std::optional<uint64_t> count_allowed(const Space& space);

}  // namespace tamis
