#include "network/operators/pairs.h"

#include <utility>

namespace tamis::network {

Result<std::vector<Fact>> infer_pair(const Call& call) {
  TAMIS_ASSIGN(const Fact* a, call.input(0));
  TAMIS_ASSIGN(const Fact* b, call.input(1));
  if (!a->shape || !b->shape) return std::vector<Fact>{{a->type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(Shape shape, broadcast(call, *a->shape, *b->shape));
  return std::vector<Fact>{{a->type, std::move(shape), std::nullopt}};
}

}  // namespace tamis::network
