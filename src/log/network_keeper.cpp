#include "log/network_keeper.h"

#include <algorithm>

namespace tamis {
namespace {

const NetworkLayer* layer_at(const std::vector<NetworkLayer>& layers, uint64_t place) {
  const auto found = std::find_if(layers.begin(), layers.end(),
                                  [&](const NetworkLayer& layer) { return layer.place == place; });
  return found == layers.end() ? nullptr : &*found;
}

bool has(const std::vector<NetworkLayer>& layers, const NetworkLayer& layer) {
  const NetworkLayer* there = layer_at(layers, layer.place);
  return there != nullptr && *there == layer;
}

}  // namespace

Status NetworkKeeper::find(const NetworkLayer& layer) {
  TAMIS_ASSIGN(const std::vector<NetworkRecord> networks, log_->networks());
  for (auto one = networks.rbegin(); one != networks.rend(); ++one) {
    if (one->name != network_.name || one->tasks != network_.tasks || !has(one->layers, layer)) continue;
    network_.id = one->id;
    held_ = one->layers;
    return {};
  }
  return {};
}

Status NetworkKeeper::begin(int64_t started_unix_ms) {
  network_.started_unix_ms = started_unix_ms;
  held_.clear();
  TAMIS_ASSIGN(network_.id, log_->add_network(network_));
  return {};
}

Status NetworkKeeper::add(const NetworkLayer& layer, int64_t session_started_unix_ms) {
  if (log_ == nullptr || network_.name.empty()) return {};
  if (layer_at(network_.layers, layer.place) != nullptr) return {};
  if (network_.layers.empty() && resume_) TAMIS_TRY(find(layer));
  network_.layers.push_back(layer);
  if (has(held_, layer)) return {};
  if (network_.id == 0 || layer_at(held_, layer.place) != nullptr) return begin(session_started_unix_ms);
  return log_->append(network_.id, layer);
}

}  // namespace tamis
