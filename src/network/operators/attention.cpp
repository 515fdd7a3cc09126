#include "network/operators/broadcast.h"
#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/typing.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

constexpr int64_t kMostOfAttention = int64_t{1} << 40;
constexpr double kMasked = -std::numeric_limits<double>::infinity();

/// Rows of numbers for each item of a batch and each head: of shape batch x heads x length x size, or batch x
/// length x (heads x size).
struct Heads {
  size_t heads = 0;
  size_t length = 0;
  size_t size = 0;
  bool joined = false;  ///< the second form

  [[nodiscard]] size_t row(size_t item, size_t head, size_t place) const {
    return joined ? (item * length + place) * heads + head : (item * heads + head) * length + place;
  }
};

struct AttentionSizes {
  size_t batch = 0;
  Heads q;
  Heads k;
  Heads v;
  size_t past = 0;  ///< rows of K and V that came before

  [[nodiscard]] size_t total() const { return past + k.length; }
};

Result<Heads> heads_of(const Call& call, size_t input, std::string_view count) {
  TAMIS_ASSIGN(const Shape shape, call.shape(input));
  if (shape.size() != 3 && shape.size() != 4)
    return call.invalid("input \"" + call.node().inputs[input] + "\" of shape " + to_string(shape) +
                        " must have 3 or 4 dimensions");
  for (const int64_t size : shape)
    if (size > kMostOfAttention) return call.cannot("a shape of " + to_string(shape) + " is too large");
  Heads heads;
  heads.joined = shape.size() == 3;
  if (!heads.joined) {
    heads.heads = static_cast<size_t>(shape[1]);
    heads.length = static_cast<size_t>(shape[2]);
    heads.size = static_cast<size_t>(shape[3]);
    return heads;
  }
  TAMIS_ASSIGN(const int64_t given, call.integer(count, 0));
  if (given < 1 || given > shape[2] || shape[2] % given != 0)
    return call.invalid("attribute \"" + std::string(count) + "\" is " + std::to_string(given) +
                        ", into which " + std::to_string(shape[2]) + " is not divisible");
  heads.heads = static_cast<size_t>(given);
  heads.length = static_cast<size_t>(shape[1]);
  heads.size = static_cast<size_t>(shape[2] / given);
  return heads;
}

Shape shape_of(std::initializer_list<size_t> sizes) {
  Shape shape;
  for (const size_t size : sizes) shape.push_back(static_cast<int64_t>(size));
  return shape;
}

Status check_past(const Call& call, AttentionSizes& sizes) {
  if ((call.optional_input(4) == nullptr) != (call.optional_input(5) == nullptr))
    return call.invalid("it must have both past_key and past_value, or neither");
  if (call.optional_input(4) == nullptr) return {};
  if (call.optional_input(6) != nullptr)
    return call.invalid("nonpad_kv_seqlen does not go with past_key and past_value");
  TAMIS_ASSIGN(const Shape past, call.shape(4));
  if (past.size() != 4 || past[2] > kMostOfAttention)
    return call.invalid("past_key of shape " + to_string(past) + " must have 4 dimensions");
  sizes.past = static_cast<size_t>(past[2]);
  TAMIS_TRY(check_shape(call, 4, shape_of({sizes.batch, sizes.k.heads, sizes.past, sizes.k.size}),
                        "batch x heads x past x size of a head of K"));
  return check_shape(call, 5, shape_of({sizes.batch, sizes.k.heads, sizes.past, sizes.v.size}),
                     "batch x heads x past x size of a head of V");
}

Result<AttentionSizes> attention_sizes(const Call& call) {
  AttentionSizes sizes;
  TAMIS_ASSIGN(sizes.q, heads_of(call, 0, "q_num_heads"));
  TAMIS_ASSIGN(sizes.k, heads_of(call, 1, "kv_num_heads"));
  TAMIS_ASSIGN(sizes.v, heads_of(call, 2, "kv_num_heads"));
  TAMIS_ASSIGN(const Shape q, call.shape(0));
  TAMIS_ASSIGN(const Shape k, call.shape(1));
  TAMIS_ASSIGN(const Shape v, call.shape(2));
  sizes.batch = static_cast<size_t>(q[0]);
  if (q.size() != k.size() || q.size() != v.size() || q[0] != k[0] || q[0] != v[0] ||
      sizes.k.heads != sizes.v.heads || sizes.k.length != sizes.v.length || sizes.q.size != sizes.k.size)
    return call.invalid("Q, K and V of shapes " + to_string(q) + ", " + to_string(k) + " and " +
                        to_string(v) + " do not go together");
  if (sizes.k.heads == 0 || sizes.q.heads % sizes.k.heads != 0)
    return call.invalid("its " + std::to_string(sizes.q.heads) + " heads of Q are not divisible among " +
                        std::to_string(sizes.k.heads) + " of K");
  TAMIS_TRY(check_past(call, sizes));
  TAMIS_TRY(check_shape(call, 6, shape_of({sizes.batch}), "a length for each item of the batch"));
  return sizes;
}

/// Which keys a query sees. Of a mask whose last size is less than the keys are, the rest are hidden.
Status check_mask(const Call& call, const AttentionSizes& sizes) {
  const Fact* mask = call.optional_input(3);
  if (mask == nullptr) return {};
  if (mask->type != ElementType::boolean) TAMIS_TRY(check_same_type(call, 3, 0));
  Shape shape = *mask->shape;
  const Shape scores = shape_of({sizes.batch, sizes.q.heads, sizes.q.length, sizes.total()});
  if (!shape.empty() && shape.back() < scores.back()) shape.back() = scores.back();
  TAMIS_ASSIGN(const Shape both, broadcast(call, shape, scores));
  if (both == scores) return {};
  return call.invalid("a mask of shape " + to_string(*mask->shape) + " does not go with scores of " +
                      to_string(scores));
}

Result<std::vector<Fact>> infer_attention(const Call& call) {
  TAMIS_ASSIGN(const ElementType type, fraction_type_of(call, 0));
  for (const size_t input : {1, 2}) TAMIS_TRY(call.input(input));
  for (const size_t input : {1, 2, 4, 5}) TAMIS_TRY(check_same_type(call, input, 0));
  if (call.optional_input(6) != nullptr) TAMIS_TRY(type_of(call, 6, {ElementType::int64}));
  if (call.outputs() > 4) return call.invalid("it has more than 4 outputs");
  std::vector<Fact> facts(std::max<size_t>(1, call.outputs()), Fact{type, std::nullopt, std::nullopt});
  if (!shapes_known(call)) return facts;
  TAMIS_ASSIGN(const AttentionSizes sizes, attention_sizes(call));
  TAMIS_TRY(check_mask(call, sizes));
  if (!element_count(shape_of({sizes.q.heads, sizes.v.size})))
    return call.cannot("its heads are more than any network holds");
  const std::array shapes{sizes.q.joined
                              ? shape_of({sizes.batch, sizes.q.length, sizes.q.heads * sizes.v.size})
                              : shape_of({sizes.batch, sizes.q.heads, sizes.q.length, sizes.v.size}),
                          shape_of({sizes.batch, sizes.k.heads, sizes.total(), sizes.k.size}),
                          shape_of({sizes.batch, sizes.k.heads, sizes.total(), sizes.v.size}),
                          shape_of({sizes.batch, sizes.q.heads, sizes.q.length, sizes.total()})};
  for (size_t i = 0; i < facts.size(); ++i) facts[i].shape = shapes[i];
  return facts;
}

/// K or V with what came before it: batch x heads x total x size.
Result<std::vector<double>> with_past(const Call& call, const AttentionSizes& sizes, const Heads& heads,
                                      size_t input, size_t past_input) {
  TAMIS_ASSIGN(const Array now, call.value(input));
  std::vector<double> all(sizes.batch * heads.heads * sizes.total() * heads.size);
  std::optional<Array> past;
  if (sizes.past > 0) {
    TAMIS_ASSIGN(past, call.value(past_input));
  }
  for (size_t item = 0; item < sizes.batch; ++item)
    for (size_t head = 0; head < heads.heads; ++head)
      for (size_t place = 0; place < sizes.total(); ++place) {
        const size_t row = (item * heads.heads + head) * sizes.total() + place;
        const std::span<double> to = std::span(all).subspan(row * heads.size, heads.size);
        if (place < sizes.past)
          read_elements(*past, ((item * heads.heads + head) * sizes.past + place) * heads.size, to);
        else
          read_elements(now, heads.row(item, head, place - sizes.past) * heads.size, to);
      }
  return all;
}

/// What is added to the scores: 0, what a mask of fractions says, or minus infinity for keys out of sight.
/// Of shape batch x heads of Q x length of Q x total.
Result<std::vector<double>> mask_of_input(const Call& call, const AttentionSizes& sizes) {
  const Shape scores = shape_of({sizes.batch, sizes.q.heads, sizes.q.length, sizes.total()});
  std::vector<double> bias(static_cast<size_t>(*element_count(scores)));
  if (call.optional_input(3) == nullptr) return bias;
  TAMIS_ASSIGN(const Array mask, call.value(3));
  const std::vector<double> values = to_doubles(mask);
  const bool shorter = !mask.shape().empty() && mask.shape().back() < scores.back();
  Shape seen = scores;
  if (shorter) {
    seen.back() = mask.shape().back();
    std::fill(bias.begin(), bias.end(), kMasked);
  }
  const size_t columns = static_cast<size_t>(seen.back());
  BroadcastWalk walk(seen, {mask.shape()});
  for (size_t i = 0; columns > 0 && i < bias.size() / sizes.total() * columns; ++i) {
    const double value = values[walk.at(0)];
    bias[i / columns * sizes.total() + i % columns] = mask.type() != ElementType::boolean ? value
                                                      : value != 0                        ? 0
                                                                                          : kMasked;
    walk.next();
  }
  return bias;
}

/// Which keys lie in sight of a query by their places alone.
struct Sight {
  bool causal = false;
  int64_t left = -1;             ///< how many before the query; -1 for all
  int64_t right = -1;            ///< how many after it
  std::vector<int64_t> lengths;  ///< of the keys of each item that are no padding; empty where all are
};

Result<Sight> sight_of(const Call& call, const AttentionSizes& sizes) {
  Sight sight;
  TAMIS_ASSIGN(const int64_t causal, call.integer("is_causal", 0));
  TAMIS_ASSIGN(sight.left, call.integer("left_window_size", -1));
  TAMIS_ASSIGN(sight.right, call.integer("right_window_size", -1));
  sight.causal = causal != 0;
  if (sight.left < -1 || sight.right < -1)
    return call.invalid("left_window_size and right_window_size must be at least -1");
  if (call.optional_input(6) != nullptr) {
    TAMIS_ASSIGN(sight.lengths, call.integers(6));
    for (const int64_t length : sight.lengths)
      if (length < 0 || length > static_cast<int64_t>(sizes.total()))
        return call.invalid("nonpad_kv_seqlen is " + std::to_string(length) + ", but must be from 0 to " +
                            std::to_string(sizes.total()));
  }
  return sight;
}

/// Hides from every query of an item what is out of its sight.
void hide(const AttentionSizes& sizes, const Sight& sight, std::vector<double>& bias) {
  for (size_t row = 0; row < bias.size() / std::max<size_t>(1, sizes.total()); ++row) {
    const size_t item = row / (sizes.q.heads * sizes.q.length);
    const int64_t length = sight.lengths.empty() ? static_cast<int64_t>(sizes.total()) : sight.lengths[item];
    const int64_t before = sight.lengths.empty() ? static_cast<int64_t>(sizes.past)
                                                 : length - static_cast<int64_t>(sizes.q.length);
    const int64_t query = before + static_cast<int64_t>(row % sizes.q.length);
    for (size_t place = 0; place < sizes.total(); ++place) {
      const auto key = static_cast<int64_t>(place);
      if (key >= length || (sight.causal && key > query) || (sight.left >= 0 && key < query - sight.left) ||
          (sight.right >= 0 && key - sight.right > query))
        bias[row * sizes.total() + place] = kMasked;
    }
  }
}

/// Softmax of a row; zeros for one of which nothing is in sight.
void normalise(std::span<double> row) {
  double most = kMasked;
  for (const double value : row) most = value > most || std::isnan(value) ? value : most;
  double sum = 0;
  for (double& value : row) sum += value = most == kMasked ? 0 : std::exp(value - most);
  if (sum == 0) return;
  for (double& value : row) value /= sum;
}

/// How scores are made of products.
struct Scoring {
  double scale = 1;
  double cap = 0;
  int64_t kept = 0;  ///< which stage the fourth output is: products, capped, masked, normalised
};

Result<Scoring> scoring_of(const Call& call, const AttentionSizes& sizes) {
  Scoring scoring;
  const auto size = static_cast<double>(sizes.q.size);
  TAMIS_ASSIGN(const float scale, call.number("scale", static_cast<float>(1 / std::sqrt(size))));
  TAMIS_ASSIGN(const float cap, call.number("softcap", 0));
  TAMIS_ASSIGN(scoring.kept, call.integer("qk_matmul_output_mode", 0));
  scoring.scale = call.attribute("scale") != nullptr ? scale : 1 / std::sqrt(size);
  scoring.cap = cap;
  if (scoring.kept < 0 || scoring.kept > 3)
    return call.invalid("qk_matmul_output_mode must be from 0 to 3, not " + std::to_string(scoring.kept));
  return scoring;
}

/// Scores of one query, stage by stage, one of which is kept.
void score(const Scoring& scoring, std::span<const double> q, std::span<const double> keys,
           std::span<const double> bias, std::span<double> scores, std::span<double> kept) {
  const auto keep = [&](int64_t stage) {
    if (scoring.kept == stage) std::copy(scores.begin(), scores.end(), kept.begin());
  };
  for (size_t place = 0; place < scores.size(); ++place) {
    double sum = 0;
    for (size_t i = 0; i < q.size(); ++i) sum += q[i] * keys[place * q.size() + i];
    scores[place] = sum * scoring.scale;
  }
  keep(0);
  for (double& value : scores)
    if (scoring.cap > 0) value = scoring.cap * std::tanh(value / scoring.cap);
  keep(1);
  for (size_t place = 0; place < scores.size(); ++place) scores[place] += bias[place];
  keep(2);
  normalise(scores);
  keep(3);
}

Result<std::vector<Array>> evaluate_attention(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const AttentionSizes sizes, attention_sizes(call));
  TAMIS_ASSIGN(const Scoring scoring, scoring_of(call, sizes));
  TAMIS_ASSIGN(const Sight sight, sight_of(call, sizes));
  const size_t queries = sizes.batch * sizes.q.heads * sizes.q.length;
  if (queries == 0 || sizes.total() == 0 || sizes.q.size == 0) return zeros_of(outputs);
  TAMIS_ASSIGN(const std::vector<double> keys, with_past(call, sizes, sizes.k, 1, 4));
  TAMIS_ASSIGN(const std::vector<double> values, with_past(call, sizes, sizes.v, 2, 5));
  TAMIS_ASSIGN(std::vector<double> bias, mask_of_input(call, sizes));
  hide(sizes, sight, bias);
  TAMIS_ASSIGN(const Array q, call.value(0));
  const size_t total = sizes.total();
  std::vector<double> y(queries * sizes.v.size);
  std::vector<double> kept(queries * total);
  std::vector<double> scores(total);
  std::vector<double> query(sizes.q.size);
  const Heads of_y{sizes.q.heads, sizes.q.length, sizes.v.size, sizes.q.joined};
  for (size_t row = 0; row < queries; ++row) {
    const size_t item = row / (sizes.q.heads * sizes.q.length);
    const size_t head = row / sizes.q.length % sizes.q.heads;
    const size_t place = row % sizes.q.length;
    const size_t shared = item * sizes.k.heads + head / (sizes.q.heads / sizes.k.heads);
    read_elements(q, sizes.q.row(item, head, place) * sizes.q.size, std::span(query));
    score(scoring, query, std::span(keys).subspan(shared * total * sizes.k.size, total * sizes.k.size),
          std::span(bias).subspan(row * total, total), scores, std::span(kept).subspan(row * total, total));
    for (size_t key = 0; key < total; ++key)
      add_scaled(y.data() + of_y.row(item, head, place) * sizes.v.size,
                 values.data() + (shared * total + key) * sizes.v.size, 1, scores[key], sizes.v.size);
  }
  const std::array results{std::span<const double>(y), std::span<const double>(keys),
                           std::span<const double>(values), std::span<const double>(kept)};
  std::vector<Array> arrays;
  for (size_t i = 0; i < outputs.size(); ++i)
    arrays.push_back(array_from(outputs[i].type, *outputs[i].shape, results[i]));
  return arrays;
}

constexpr std::array kAttentions{
    OperatorDefinition{"Attention", infer_attention, evaluate_attention},
};

}  // namespace

std::span<const OperatorDefinition> attention_operators() { return kAttentions; }

}  // namespace tamis::network
