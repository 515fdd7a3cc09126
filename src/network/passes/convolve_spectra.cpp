#include "network/passes/graph_index.h"
#include "network/passes/rewriting.h"
#include "network/passes/simplify.h"

#include <cmath>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

namespace tamis::network {
namespace {

/// An STFT of a real signal whose window and step are known.
struct Spectrum {
  int64_t batch = 1;
  int64_t signal = 1;  ///< samples
  int64_t length = 1;  ///< of a frame
  int64_t step = 1;
  int64_t frames = 1;
  int64_t bins = 1;
  std::vector<float> window;  ///< as long as a frame
};

const Fact* known_fact(const Resolved& network, const Node& node, size_t input) {
  if (input >= node.inputs.size()) return nullptr;
  const auto fact = network.facts.find(node.inputs[input]);
  return fact == network.facts.end() || !fact->second.shape ? nullptr : &fact->second;
}

std::optional<Spectrum> spectrum_of(const Resolved& network, const Node& node) {
  if (!is(node, "STFT")) return std::nullopt;
  const Fact* signal = known_fact(network, node, 0);
  const Fact* step = known_fact(network, node, 1);
  const auto output = network.facts.find(node.outputs[0]);
  if (signal == nullptr || step == nullptr || !step->value || output == network.facts.end())
    return std::nullopt;
  const size_t rank = signal->shape->size();
  const bool real = rank == 2 || (rank == 3 && signal->shape->back() == 1);
  if (signal->type != ElementType::float32 || !real) return std::nullopt;
  const Shape& shape = *output->second.shape;
  Spectrum spectrum;
  spectrum.batch = (*signal->shape)[0];
  spectrum.signal = (*signal->shape)[1];
  spectrum.step = step->value->integers().value_or(std::vector<int64_t>{1})[0];
  spectrum.frames = shape[1];
  spectrum.bins = shape[2];
  const Fact* window = known_fact(network, node, 2);
  const Fact* length = known_fact(network, node, 3);
  if (window != nullptr) {
    if (!window->value) return std::nullopt;
    const auto values = window->value->values<float>();
    spectrum.window.assign(values.begin(), values.end());
  } else if (length != nullptr && length->value) {
    spectrum.window.assign(
        static_cast<size_t>(length->value->integers().value_or(std::vector<int64_t>{1})[0]), 1);
  } else {
    return std::nullopt;
  }
  spectrum.length = static_cast<int64_t>(spectrum.window.size());
  return spectrum;
}

/// The real and the imaginary part of each bin as a filter: the window times a wave.
Array filters_of(const Spectrum& spectrum) {
  NewArray<float> filters({2 * spectrum.bins, 1, spectrum.length});
  auto next = filters.values().begin();
  for (int64_t bin = 0; bin < spectrum.bins; ++bin)
    for (const bool imaginary : {false, true})
      for (int64_t n = 0; n < spectrum.length; ++n) {
        // Whole turns are left out, so that the angle is as exact for high bins as for low ones.
        const auto turn =
            static_cast<double>(bin * n % spectrum.length) / static_cast<double>(spectrum.length);
        const double angle = 2 * std::numbers::pi * turn;
        const double wave = imaginary ? -std::sin(angle) : std::cos(angle);
        *next++ = static_cast<float>(wave * static_cast<double>(spectrum.window[static_cast<size_t>(n)]));
      }
  return std::move(filters).finish();
}

std::vector<Node> convolution_of(Resolved& network, const Node& node, const Spectrum& spectrum) {
  const auto [batch, signal, length, step, frames, bins, window] = spectrum;
  Rewriting rewriting(network, node);
  const std::string row = rewriting.value("row", {batch, 1, signal});
  const std::string sums = rewriting.value("sums", {batch, 2 * bins, frames});
  const std::string turned = rewriting.value("turned", {batch, frames, 2 * bins});
  const std::string row_shape = rewriting.constant("row_shape", Array::of<int64_t>({3}, {batch, 1, signal}));
  const std::string shape = rewriting.constant("shape", Array::of<int64_t>({4}, {batch, frames, bins, 2}));
  rewriting.add("Reshape", {node.inputs[0], row_shape}, row);
  rewriting.add("Conv", {row, rewriting.constant("filters", filters_of(spectrum))}, sums)
      .attributes.insert_or_assign("strides", std::vector<int64_t>{step});
  rewriting.add("Transpose", {sums}, turned)
      .attributes.insert_or_assign("perm", std::vector<int64_t>{0, 2, 1});
  rewriting.add("Reshape", {turned, shape}, node.outputs[0]);
  return std::move(rewriting).nodes();
}

}  // namespace

size_t convolve_spectra(Resolved& network) {
  std::vector<Node> nodes;
  size_t count = 0;
  for (const Node& node : network.graph.nodes) {
    const auto spectrum = spectrum_of(network, node);
    if (!spectrum) {
      nodes.push_back(node);
      continue;
    }
    for (Node& made : convolution_of(network, node, *spectrum)) nodes.push_back(std::move(made));
    ++count;
  }
  network.graph.nodes = std::move(nodes);
  return count;
}

}  // namespace tamis::network
