#include "targets/loop/interpreter.h"

#include "base/half.h"

#include <cmath>

#include <fmt/format.h>

namespace tamis::loop::testing {
namespace {

using Kind = Value::Kind;

/// The nearest number that an element of a type can be; integers wrap around.
double narrowed(double number, Element element) {
  switch (element) {
    case Element::float32:
      return static_cast<float>(number);
    case Element::int8:
      return static_cast<int8_t>(static_cast<int64_t>(number));
    case Element::uint8:
      return static_cast<uint8_t>(static_cast<int64_t>(number));
    case Element::int32:
      return static_cast<int32_t>(static_cast<int64_t>(number));
    case Element::int64:
      return static_cast<double>(static_cast<int64_t>(number));
    case Element::boolean:
      return number == 0 ? 0 : 1;
    case Element::float16:
      return float16_value(float16_bits(static_cast<float>(number)));
    case Element::bfloat16:
      return bfloat16_value(bfloat16_bits(static_cast<float>(number)));
  }
  return 0;
}

/// A float32 as an element of another type.
double cut(double number, Element element) {
  const double limit = element == Element::int64 ? 0x1p63 : 0x1p31;
  if (element == Element::float32 || element == Element::boolean || is_half(element))
    return narrowed(number, element);
  return number >= -limit && number < limit ? narrowed(number, element) : -limit;
}

/// A product of 64 bits that wraps around.
int64_t wrapped_product(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

/// A number that was computed, and whether from defined elements only.
struct Number {
  double value = 0;
  bool defined = true;
};

class Interpreter {
 public:
  Interpreter(const LoweredProgram& program, Memory& memory) : program_(program), memory_(memory) {}

  std::optional<std::string> run() {
    for (const Buffer& buffer : program_.buffers) {
      std::vector<Cell>& cells = memory_[buffer.name];
      if (buffer.storage != Storage::argument || (buffer.written && cells.empty()))
        cells.assign(static_cast<size_t>(buffer.elements()), {});
      if (cells.size() != static_cast<size_t>(buffer.elements()))
        return fmt::format("{} was given {} elements", to_string(buffer), cells.size());
    }
    for (const std::vector<Statement>& nest : program_.nests) {
      first_task_ = task_;
      run_tasks(nest);
    }
    return fault_;
  }

 private:
  void fail(std::string message) {
    if (!fault_) fault_ = std::move(message);
  }

  /// Everything inside the outermost loops that are parallel or over groups is a task.
  void run_tasks(const std::vector<Statement>& body) {
    const For* loop = body.size() == 1 ? std::get_if<For>(&body.front().step) : nullptr;
    if (loop == nullptr || (loop->kind != LoopKind::parallel && !is_group(loop->kind))) {
      forget_own_memory();
      run(body);
      ++task_;
      return;
    }
    for (int64_t i = loop->extent; i-- > 0 && !fault_;) {
      loops_.emplace_back(loop->loop, i);
      run_tasks(loop->body);
      loops_.pop_back();
    }
  }

  void forget_own_memory() {
    registers_.clear();
    batches_.assign(1, {});
    for (const Buffer& buffer : program_.buffers)
      if (buffer.storage == Storage::thread_workspace || buffer.storage == Storage::registers ||
          buffer.storage == Storage::shared)
        memory_[buffer.name].assign(static_cast<size_t>(buffer.elements()), {});
  }

  void run(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) {
      if (fault_) return;
      std::visit([&](const auto& step) { run(step); }, statement.step);
    }
  }

  void run(const For& loop) {
    if (loop.kind == LoopKind::parallel || is_group(loop.kind))
      return fail("the parallel loop " + loop.loop + " is not outermost");
    if (is_item(loop.kind)) return run_items(loop);
    for (int64_t i = 0; i < loop.extent && !fault_; ++i) {
      loops_.emplace_back(loop.loop, i);
      run(loop.body);
      loops_.pop_back();
    }
  }

  /// One item after another does what lies between two barriers.
  void run_items(const For& loop) {
    const int64_t before = item_;
    ++item_loops_;
    for (int64_t i = 0; i < loop.extent && !fault_; ++i) {
      item_ = before * loop.extent + i;
      loops_.emplace_back(loop.loop, i);
      run(loop.body);
      loops_.pop_back();
    }
    --item_loops_;
    item_ = before;
  }

  void run(const Barrier& barrier) {
    if (item_loops_ > 0) fail("a barrier lies inside a loop over items");
    if (!barrier.waits) batches_.emplace_back();
    if (barrier.pending) finish_batches(static_cast<size_t>(*barrier.pending));
    if (barrier.waits) ++phase_;
  }

  /// An asynchronous store that is not in memory yet.
  struct Pending {
    Cell* cell = nullptr;
    Number number;
  };

  /// Asynchronous stores take place as late as they may.
  void finish_batches(size_t but) {
    // The last batch has not ended: no barrier waits for it.
    while (batches_.size() > but + 1) {
      for (const Pending& store : batches_.front()) {
        store.cell->number = store.number.value;
        store.cell->defined = store.number.defined;
      }
      batches_.erase(batches_.begin());
    }
  }

  /// Items of a group may use what others wrote to its shared memory behind a barrier only.
  void use_shared(const Access& access, int64_t& mine, int64_t other) {
    if (program_.find(access.buffer)->storage != Storage::shared) return;
    const int64_t me = (task_ + phase_) * kItems + item_;
    if (other >= 0 && other / kItems == task_ + phase_ && other != me)
      fail(to_string(access) + " is used by two items of a group without a barrier between them");
    mine = me;
  }

  void run(const If& branch) { run(hold(branch.conditions) ? branch.then : branch.otherwise); }

  /// Changes nothing that a program computes.
  void run(const Prefetch&) {}

  void run(const Store& store) {
    const Number number = evaluate(store.value);
    Access to = store.to;
    if (store.at) hold_index(to, store.at->dimension, evaluate(store.at->index));
    Cell* cell = find(to, store.value->element, 0);
    if (cell == nullptr) return;
    if (shared(to) && (taken(cell->writer) || taken(cell->reader)))
      fail(to_string(to) + " is written by one parallel iteration and used by another");
    *cell = {number.value, number.defined && !store.asynchronous, shared_by_items(to) ? cell->writer : task_,
             cell->reader};
    if (store.asynchronous) batches_.back().push_back({cell, number});
    use_shared(to, cell->writer, cell->writer);
    if (int64_t ignored = 0; cell->reader >= 0) use_shared(to, ignored, cell->reader);
  }

  bool shared(const Access& access) const {
    const Storage storage = program_.find(access.buffer)->storage;
    return storage == Storage::argument || storage == Storage::workspace;
  }

  bool shared_by_items(const Access& access) const {
    return program_.find(access.buffer)->storage == Storage::shared;
  }

  /// Whether a cell was used by another task of this nest.
  bool taken(int64_t task) const { return task >= first_task_ && task != task_; }

  int64_t evaluate(const Affine& affine) {
    int64_t sum = affine.constant();
    for (const Affine::Term& term : affine.terms()) {
      auto loop = loops_.rbegin();
      while (loop != loops_.rend() && loop->first != term.loop) ++loop;
      if (loop == loops_.rend()) {
        fail("there is no loop " + term.loop + " around");
      } else {
        sum += term.factor * loop->second;
      }
    }
    return sum;
  }

  bool hold(const Conditions& conditions) {
    for (const Affine& condition : conditions)
      if (evaluate(condition) < 0) return false;
    return true;
  }

  /// The cell `further` elements behind an access; nullptr with a fault.
  Cell* find(const Access& access, Element element, int64_t further) {
    const Buffer* buffer = program_.find(access.buffer);
    if (buffer == nullptr || buffer->extents.size() != access.index.size() || buffer->element != element) {
      fail(to_string(access) + " is not such an element of a buffer");
      return nullptr;
    }
    int64_t flat = 0;
    for (size_t i = 0; i < access.index.size(); ++i) {
      const int64_t index = evaluate(access.index[i]) + (i + 1 == access.index.size() ? further : 0);
      if (index < 0 || index >= buffer->extents[i]) {
        fail(fmt::format("{}: index {} is {} of {}", to_string(access), i, index, buffer->extents[i]));
        return nullptr;
      }
      flat = flat * buffer->extents[i] + index;
    }
    if (buffer->storage == Storage::registers && item_ > 0) {
      std::vector<Cell>& own = registers_[{access.buffer, item_}];
      own.resize(static_cast<size_t>(buffer->elements()));
      return &own[static_cast<size_t>(flat)];
    }
    return &memory_[access.buffer][static_cast<size_t>(flat)];
  }

  Number load(const Value& value, int64_t further) {
    if (value->kind != Kind::load) fail(to_string(value) + " should be a load");
    Cell* cell = find(value->access, value->element, further);
    if (cell == nullptr) return {};
    if (shared(value->access) && taken(cell->writer))
      fail(to_string(value->access) + " is read by one parallel iteration and written by another");
    if (shared_by_items(value->access)) {
      use_shared(value->access, cell->reader, cell->writer);
    } else {
      cell->reader = task_;
    }
    return {cell->number, cell->defined};
  }

  /// Puts an index into an access, held to the dimension. Whether there is such a dimension.
  bool hold_index(Access& access, size_t dimension, const Number& index) {
    const Buffer* buffer = program_.find(access.buffer);
    if (buffer == nullptr || dimension >= buffer->extents.size()) {
      fail(to_string(access) + " is not such an element of a buffer");
      return false;
    }
    const auto last = static_cast<double>(buffer->extents[dimension] - 1);
    access.index[dimension] = static_cast<int64_t>(std::max(0.0, std::min(last, index.value)));
    return true;
  }

  /// A load whose place a value gives.
  Number load_at(const Value& value) {
    const Number index = evaluate(value->operands[0]);
    Access access = value->access;
    if (!hold_index(access, value->dimension, index)) return {};
    Number number = load(Value::load(access, value->element), 0);
    number.defined = number.defined && index.defined;
    return number;
  }

  Number select(const Value& value) {
    const Number condition = evaluate(value->operands[0]);
    const Number a = evaluate(value->operands[1]);
    const Number b = evaluate(value->operands[2]);
    return {condition.value != 0 ? a.value : b.value, condition.defined && a.defined && b.defined};
  }

  Number sum_of_four(const Value& value) {
    Number sum = evaluate(value->operands[2]);
    for (int64_t i = 0; i < 4; ++i) {
      const Number a = load(value->operands[0], i);
      const Number b = load(value->operands[1], i);
      sum = {sum.value + a.value * b.value, sum.defined && a.defined && b.defined};
    }
    return {narrowed(sum.value, Element::int32), sum.defined};
  }

  static double combine(Kind kind, Element element, double a, double b, double c) {
    const auto whole = [](double number) { return static_cast<int64_t>(number); };
    switch (kind) {
      case Kind::add:
        return a + b;
      case Kind::subtract:
        return a - b;
      case Kind::multiply:
        if (element == Element::float32) return a * b;
        if (element == Element::int64) return static_cast<double>(wrapped_product(whole(a), whole(b)));
        return static_cast<double>(static_cast<int32_t>(whole(a) * whole(b)));
      case Kind::multiply_add:
        if (element == Element::float32) return std::fma(a, b, c);
        if (element == Element::int64) return static_cast<double>(wrapped_product(whole(a), whole(b))) + c;
        return static_cast<double>(static_cast<int32_t>(whole(a) * whole(b) + whole(c)));
      case Kind::divide:
        if (element == Element::float32) return a / b;
        return b == 0 ? 0 : std::trunc(a / b);
      case Kind::minimum:
        return b < a ? b : a;
      case Kind::maximum:
        return b > a ? b : a;
      case Kind::exponential:
        return std::exp(a);
      case Kind::error_function:
        return std::erf(a);
      case Kind::hyperbolic_tangent:
        return std::tanh(a);
      case Kind::logarithm:
        return std::log(a);
      case Kind::square_root:
        return std::sqrt(a);
      case Kind::round_down:
        return std::floor(a);
      case Kind::round_up:
        return std::ceil(a);
      case Kind::round_even:
        return std::nearbyint(a);
      case Kind::magnitude:
        return std::fabs(a);
      case Kind::less:
        return a < b ? 1 : 0;
      case Kind::less_or_equal:
        return a <= b ? 1 : 0;
      case Kind::equal:
        return a == b ? 1 : 0;
      case Kind::shift_right:
        return static_cast<double>(whole(a) >> whole(b));
      default:
        return 0;
    }
  }

  Number evaluate(const Value& value) {
    if (fault_) return {};
    switch (value->kind) {
      case Kind::constant:
        return {narrowed(value->number, value->element)};
      case Kind::load:
        return load(value, 0);
      case Kind::dot4:
        return sum_of_four(value);
      case Kind::convert: {
        const Number from = evaluate(value->operands[0]);
        if (value->operands[0]->element == Element::float32)
          return {cut(from.value, value->element), from.defined};
        return {narrowed(from.value, value->element), from.defined};
      }
      case Kind::select:
        return select(value);
      case Kind::position:
        return {static_cast<double>(evaluate(value->access.index[0])), true};
      case Kind::load_at:
        return load_at(value);
      case Kind::guarded:
        return evaluate(value->operands[hold(value->conditions) ? 0 : 1]);
      case Kind::accumulated:
        fail("there is no sum here");
        return {};
      default:
        return evaluate_operation(value);
    }
  }

  Number evaluate_operation(const Value& value) {
    Number operands[3];
    bool defined = true;
    for (size_t i = 0; i < value->operands.size(); ++i) {
      operands[i] = evaluate(value->operands[i]);
      defined = defined && operands[i].defined;
      const bool compares =
          value->kind == Kind::less || value->kind == Kind::less_or_equal || value->kind == Kind::equal;
      if (value->operands[i]->element != (compares ? value->operands[0]->element : value->element))
        fail(to_string(value) + " has operands of different types");
    }
    const double result =
        combine(value->kind, value->element, operands[0].value, operands[1].value, operands[2].value);
    return {narrowed(result, value->element), defined};
  }

  const LoweredProgram& program_;
  Memory& memory_;
  std::vector<std::pair<std::string, int64_t>> loops_;
  int64_t task_ = 0;
  int64_t first_task_ = 0;  // of the nest
  static constexpr int64_t kItems = 1 << 20;
  int64_t item_ = 0;
  int64_t item_loops_ = 0;
  int64_t phase_ = 0;                                 // how many barriers there were
  std::vector<std::vector<Pending>> batches_ = {{}};  // of asynchronous stores; the last one has not ended
  std::map<std::pair<std::string, int64_t>, std::vector<Cell>> registers_;  // of all items but the first
  std::optional<std::string> fault_;
};

}  // namespace

std::vector<Cell> cells(const std::vector<double>& numbers) {
  std::vector<Cell> cells;
  for (const double number : numbers) cells.push_back({number, true});
  return cells;
}

std::optional<std::vector<double>> numbers(const std::vector<Cell>& cells) {
  std::vector<double> numbers;
  for (const Cell& cell : cells) {
    if (!cell.defined) return std::nullopt;
    numbers.push_back(cell.number);
  }
  return numbers;
}

std::optional<std::string> interpret(const LoweredProgram& program, Memory& memory) {
  for (auto& [name, buffer] : memory)
    for (Cell& cell : buffer) cell.writer = cell.reader = -1;
  return Interpreter(program, memory).run();
}

}  // namespace tamis::loop::testing
