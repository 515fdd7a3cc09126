#include "targets/gpu/codegen/print_program.h"

#include "targets/gpu/codegen/dialect.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::gpu {
namespace {

using namespace loop;
using Statements = std::vector<Statement>;
using Kind = Value::Kind;

int axis_of(LoopKind kind) {
  return static_cast<int>(kind) - static_cast<int>(is_group(kind) ? LoopKind::group_x : LoopKind::item_x);
}

/// How many iterations loops of a kind inside of these statements have together.
int64_t launched(const Statements& statements, LoopKind kind) {
  int64_t most = 1;
  for (const Statement& statement : statements) {
    int64_t here = 1;
    if (const auto* loop = std::get_if<For>(&statement.step))
      here = launched(loop->body, kind) * (loop->kind == kind ? loop->extent : 1);
    if (const auto* branch = std::get_if<If>(&statement.step))
      here = std::max(launched(branch->then, kind), launched(branch->otherwise, kind));
    most = std::max(most, here);
  }
  return most;
}

Grid grid_of(const Statements& nest) {
  Grid grid;
  for (int axis = 0; axis < 3; ++axis) {
    const auto kind = [&](LoopKind first) { return static_cast<LoopKind>(static_cast<int>(first) + axis); };
    grid.groups[static_cast<size_t>(axis)] = static_cast<uint64_t>(launched(nest, kind(LoopKind::group_x)));
    grid.group[static_cast<size_t>(axis)] = static_cast<uint64_t>(launched(nest, kind(LoopKind::item_x)));
  }
  return grid;
}

/// The buffers that a nest reads and writes.
struct Used {
  std::set<std::string> loaded, stored;

  void collect(const Statements& statements) {
    for (const Statement& statement : statements) {
      if (const auto* loop = std::get_if<For>(&statement.step)) collect(loop->body);
      if (const auto* branch = std::get_if<If>(&statement.step)) {
        collect(branch->then);
        collect(branch->otherwise);
      }
      if (const auto* store = std::get_if<Store>(&statement.step)) {
        stored.insert(store->to.buffer);
        std::vector<Access> loads;
        store->value.collect_loads(loads);
        for (const Access& load : loads) loaded.insert(load.buffer);
      }
    }
  }
  bool uses(const std::string& buffer) const { return loaded.count(buffer) + stored.count(buffer) > 0; }
};

bool depends(const Conditions& conditions, const std::string& loop) {
  return std::any_of(conditions.begin(), conditions.end(),
                     [&](const Affine& condition) { return condition.factor(loop) != 0; });
}

bool depends(const Value& value, const std::string& loop) {
  for (const Affine& index : value->access.index)
    if (index.factor(loop) != 0) return true;
  return depends(value->conditions, loop) ||
         std::any_of(value->operands.begin(), value->operands.end(),
                     [&](const Value& operand) { return depends(operand, loop); });
}

/// What a CUDA kernel may declare; with more, its shared memory is that of the launch.
constexpr int64_t kDeclaredSharedBytes = int64_t{48} * 1024;
/// Shared buffers begin at multiples of it.
constexpr int64_t kSharedAlignment = 16;

/// Bytes of the shared buffers of a nest, each of which begins aligned.
int64_t shared_bytes_of(const LoweredProgram& program, const Used& used) {
  int64_t sum = 0;
  for (const Buffer& buffer : program.buffers)
    if (buffer.storage == Storage::shared && used.uses(buffer.name))
      sum += (buffer.elements() * bytes(buffer.element) + kSharedAlignment - 1) / kSharedAlignment *
             kSharedAlignment;
  return sum;
}

const std::map<Kind, std::string> kFunctions = {
    {Kind::exponential, "exp"}, {Kind::error_function, "erf"}, {Kind::hyperbolic_tangent, "tanh"},
    {Kind::logarithm, "log"},   {Kind::square_root, "sqrt"},   {Kind::round_down, "floor"},
    {Kind::round_up, "ceil"},   {Kind::round_even, "rint"},    {Kind::magnitude, "fabs"}};
const std::map<Kind, std::string> kOperators = {
    {Kind::add, "+"},          {Kind::subtract, "-"}, {Kind::multiply, "*"},       {Kind::divide, "/"},
    {Kind::shift_right, ">>"}, {Kind::less, "<"},     {Kind::less_or_equal, "<="}, {Kind::equal, "=="}};

/// Writes one nest as a kernel.
class KernelPrinter {
 public:
  KernelPrinter(const LoweredProgram& program, const Dialect& dialect)
      : program_(program), dialect_(dialect) {}

  /// `launched_shared`: whether its shared memory is that of the launch.
  std::string print(const std::string& name, const Statements& nest, const Grid& grid, const Used& used,
                    bool launched_shared) {
    grid_ = grid;
    signature(name, grid, used);
    if (launched_shared) {
      divide_shared(used);
    } else {
      declare(used, Storage::shared);
    }
    declare(used, Storage::registers);
    print(nest);
    text_ += "}\n";
    return std::move(text_);
  }

  const std::optional<Error>& error() const { return error_; }

 private:
  /// A loop whose iterations are the lanes of vectors.
  struct Lanes {
    std::string loop;
    int64_t count;
  };

  bool opencl() const { return dialect_.language == Language::opencl; }

  void fail(const std::string& what) {
    if (!error_)
      error_ = unsupported(fmt::format("{} has no form of {}", to_string(dialect_.language), what));
  }

  void line(const std::string& content) { text_ += std::string(depth_ * 2, ' ') + content + "\n"; }

  void signature(const std::string& name, const Grid& grid, const Used& used) {
    std::vector<std::string> parameters;
    for (const Buffer& buffer : program_.buffers) {
      if (buffer.storage == Storage::registers || buffer.storage == Storage::shared ||
          !used.uses(buffer.name))
        continue;
      parameters.push_back(fmt::format("{}{}{}* {}{}", dialect_.global,
                                       used.stored.count(buffer.name) != 0 ? "" : "const ",
                                       dialect_.type(buffer.element), dialect_.restricted, buffer.name));
    }
    std::string bounds;
    if (!opencl()) bounds = fmt::format("__launch_bounds__({}) ", grid.group_items());
    text_ += dialect_.group_size(grid) + dialect_.kernel + bounds + name + "(" +
             fmt::format("{}", fmt::join(parameters, ",\n    ")) + ") {\n";
  }

  void declare(const Used& used, Storage storage) {
    for (const Buffer& buffer : program_.buffers) {
      if (buffer.storage != storage || !used.uses(buffer.name)) continue;
      std::string extents;
      for (const int64_t extent : buffer.extents) extents += fmt::format("[{}]", extent);
      const bool vectors = buffer.elements() % 2 == 0;
      line((storage == Storage::shared ? dialect_.shared
            : vectors                  ? dialect_.aligned
                                       : "") +
           dialect_.type(buffer.element) + " " + buffer.name + extents + ";");
    }
  }

  /// Shared buffers one behind the other in the memory of the launch.
  void divide_shared(const Used& used) {
    line("extern " + dialect_.shared + "unsigned char shared_memory[];");
    int64_t begin = 0;
    for (const Buffer& buffer : program_.buffers) {
      if (buffer.storage != Storage::shared || !used.uses(buffer.name)) continue;
      std::string extents;
      for (size_t i = 1; i < buffer.extents.size(); ++i) extents += fmt::format("[{}]", buffer.extents[i]);
      const std::string type = dialect_.type(buffer.element);
      line(fmt::format("{0} (*const {1}){2} = ({0}(*){2})(shared_memory + {3});", type, buffer.name, extents,
                       begin));
      const int64_t size = buffer.elements() * bytes(buffer.element);
      begin += (size + kSharedAlignment - 1) / kSharedAlignment * kSharedAlignment;
    }
  }

  // Statements.

  void print(const Statements& statements) {
    for (const Statement& statement : statements)
      std::visit([&](const auto& step) { print(step); }, statement.step);
  }

  void block(const Statements& statements, const std::string& head) {
    line(head + " {");
    ++depth_;
    print(statements);
    --depth_;
    line("}");
  }

  void print(const Prefetch&) {}

  void print(const Barrier& barrier) {
    if (!opencl() && !barrier.waits) line(R"(asm volatile("cp.async.commit_group;" ::: "memory");)");
    if (!opencl() && barrier.pending)
      line(fmt::format(R"(asm volatile("cp.async.wait_group {};" ::: "memory");)", *barrier.pending));
    if (barrier.waits) line(dialect_.barrier);
  }

  void print(const If& branch) {
    block(branch.then, "if (" + text(branch.conditions) + ")");
    if (!branch.otherwise.empty()) block(branch.otherwise, "else");
  }

  void print(const For& loop) {
    if (loop.kind == LoopKind::parallel) fail("the parallel loop " + loop.loop);
    if (loop.kind == LoopKind::vectorized && loop.extent > 1 && print_vectorized(loop)) return;
    if (loop.kind == LoopKind::matrix) return print_matrices(loop);
    if (is_group(loop.kind) || is_item(loop.kind)) return print_launched(loop);
    name_stage(loop.body);
    if (loop.extent == 1) {
      bound_[loop.loop] = 0;
      print(loop.body);
      bound_.erase(loop.loop);
      return;
    }
    if (loop.kind != LoopKind::serial) line("#pragma unroll");
    block(loop.body, fmt::format("for (int {0} = 0; {0} < {1}; ++{0})", loop.loop, loop.extent));
  }

  /// The stage of the first store inside, as a comment where it begins.
  void name_stage(const Statements& body) {
    const Statements* at = &body;
    while (!at->empty()) {
      const Statement& first = at->front();
      if (const auto* store = std::get_if<Store>(&first.step)) {
        if (store->stage != stage_ && !store->stage.empty()) line("// " + store->stage);
        stage_ = store->stage;
        return;
      }
      if (const auto* loop = std::get_if<For>(&first.step)) {
        at = &loop->body;
      } else if (const auto* branch = std::get_if<If>(&first.step)) {
        at = &branch->then;
      } else {
        return;
      }
    }
  }

  /// Takes the number of the group or item apart into the loops that share its axis.
  void print_launched(const For& loop) {
    const bool group = is_group(loop.kind);
    const auto axis = static_cast<size_t>(axis_of(loop.kind));
    const int64_t inner = launched(loop.body, loop.kind);
    const bool outermost = around_.insert(loop.kind).second;
    if (!group) items_around_.push_back(&loop);
    const auto all = static_cast<int64_t>(group ? grid_.groups[axis] : grid_.group[axis]);
    const std::string place = dialect_.place(group, static_cast<int>(axis));
    if (!group && outermost) name_stage(loop.body);
    const bool some = outermost && loop.extent * inner < all;
    const bool scoped = !group && (outermost || some);
    if (scoped) {
      line(some ? fmt::format("if ({} < {}) {{", place, loop.extent * inner) : "{");
      ++depth_;
    }
    if (loop.extent == 1) {
      bound_[loop.loop] = 0;
    } else {
      std::string number = inner == 1 ? place : fmt::format("{} / {}", place, inner);
      if (!outermost) number += fmt::format(" % {}", loop.extent);
      line(fmt::format("const int {} = {};", loop.loop, number));
    }
    print(loop.body);
    bound_.erase(loop.loop);
    if (scoped) {
      --depth_;
      line("}");
    }
    if (outermost) around_.erase(loop.kind);
    if (!group) items_around_.pop_back();
  }

  void print(const Store& store) {
    if (store.at) fail("an index that is known only when a program runs");
    if (is_copied_later(store) && bytes(element_in(store.to)) == 4)
      return line(fmt::format("copy_later_4(&{}, &{});", at(store.to), at(store.value->access)));
    line(stored(element_in(store.to), at(store.to), store.value));
  }

  /// A statement that stores an element at a place.
  std::string stored(Element element, const std::string& place, const Value& value) {
    if (!is_half(element)) return place + " = " + text(value) + ";";
    if (!opencl() && value->kind == Kind::constant && value->number == 0) return place + " = 0;";
    if (!opencl() && value->kind == Kind::load && value->element == element)
      return place + " = " + at(value->access) + ";";
    const Value& wide = value->kind == Kind::convert ? value->operands[0] : value;
    const char* function = element == Element::bfloat16 ? "store_bfloat16"
                           : opencl()                   ? "vstore_half"
                                                        : "store_half";
    return fmt::format("{}({}, {}&{});", function, text(wide),
                       element == Element::float16 && opencl() ? "0, " : "", place);
  }

  /// Whether a store only copies from an argument to shared memory, and may take place later.
  bool is_copied_later(const Store& store) const {
    return !opencl() && store.asynchronous && store.value->kind == Kind::load &&
           element_in(store.value->access) == element_in(store.to) &&
           program_.find(store.value->access.buffer)->storage == Storage::argument &&
           program_.find(store.to.buffer)->storage == Storage::shared;
  }

  // Products of matrices, by warps.

  /// Loops of the kind `matrix` by what they run over.
  struct MatrixLoops {
    std::vector<const For*> rows, columns, depth;
    const Store* store = nullptr;
    Access a, b;
    bool valid = false;
  };

  /// The load inside a factor, which is converted where its element is not that of the sum.
  static const Value& load_in(const Value& value) {
    return value->kind == Kind::convert ? value->operands[0] : value;
  }

  MatrixLoops matrix_loops(const For& outermost) const {
    MatrixLoops found;
    std::vector<const For*> loops;
    const For* loop = &outermost;
    while (loop != nullptr && loop->kind == LoopKind::matrix && loop->body.size() == 1) {
      loops.push_back(loop);
      found.store = std::get_if<Store>(&loop->body.front().step);
      loop = std::get_if<For>(&loop->body.front().step);
    }
    if (found.store == nullptr || found.store->value->kind != Kind::multiply_add) return found;
    const Value& value = found.store->value;
    for (size_t i = 0; i < 2; ++i) {
      const Value& load = load_in(value->operands[i]);
      if (load->kind != Kind::load) return found;
      (i == 0 ? found.a : found.b) = load->access;
    }
    const Value& sum = value->operands[2];
    if (sum->kind != Kind::load || !(sum->access == found.store->to)) return found;
    for (const For* one : loops) {
      const bool in_a = flat(found.a).factor(one->loop) != 0;
      const bool in_b = flat(found.b).factor(one->loop) != 0;
      if (in_a && in_b) {
        found.depth.push_back(one);
      } else {
        (in_a ? found.rows : found.columns).push_back(one);
      }
    }
    found.valid = fits_warps(found);
    return found;
  }

  /// Whether the loops are those of the instructions (loop::LoopKind::matrix).
  bool fits_warps(const MatrixLoops& m) const {
    const auto ends_with = [](const std::vector<const For*>& loops, int64_t extent) {
      return !loops.empty() && loops.back()->extent == extent;
    };
    const Element element = element_in(m.a);
    const size_t around = items_around_.size();
    return !opencl() && element == element_in(m.b) && (is_half(element) || element == Element::int8) &&
           ends_with(m.rows, 2) && ends_with(m.columns, 2) && m.depth.size() == 1 &&
           m.depth[0]->extent == 32 / bytes(element) && around >= 2 &&
           items_around_[around - 2]->extent == 8 && items_around_[around - 1]->extent == 4;
  }

  /// Opens a loop over tiles of matrices.
  void open(const For& loop, int64_t step = 1) {
    line("#pragma unroll");
    line(fmt::format("for (int {0} = 0; {0} < {1}; {2}) {{", loop.loop, loop.extent,
                     step == 1 ? "++" + loop.loop : fmt::format("{} += {}", loop.loop, step)));
    ++depth_;
  }
  void close(size_t loops) {
    for (size_t i = 0; i < loops; ++i) {
      --depth_;
      line("}");
    }
  }

  static Access substituted(Access access, const std::string& loop, const Affine& by) {
    for (Affine& index : access.index) index = index.substitute(loop, by);
    return access;
  }

  /// The loops but the last, as indexes of an array of what a warp has of each tile.
  static std::string tiles(const std::vector<const For*>& loops, bool extents) {
    std::string text;
    for (size_t i = 0; i + 1 < loops.size(); ++i)
      text += extents ? fmt::format("[{}]", loops[i]->extent) : "[" + loops[i]->loop + "]";
    return text;
  }

  /// Loads of the matrices of one factor. Each item gives the address of one row of 16 bytes, of one of up to
  /// four matrices of 8 rows; the instruction turns them where what is summed lies across rows.
  void load_matrices(const std::string& name, const MatrixLoops& m, bool is_a) {
    const Access& access = is_a ? m.a : m.b;
    const std::vector<const For*>& loops = is_a ? m.rows : m.columns;
    const std::string& depth = m.depth[0]->loop;
    const std::string& item = items_around_[items_around_.size() - (is_a ? 2 : 1)]->loop;
    const std::string& last = loops.back()->loop;
    const std::string& across = is_a ? item : last;  // along which a matrix has rows
    const int64_t row_elements = 16 / bytes(element_in(access));
    const Affine place = flat(access);
    const bool turned = place.factor(depth) != 1;
    if (turned && (place.factor(across) != 1 || !is_half(element_in(access))))
      fail("matrices whose elements lie apart both ways");
    if (!is_a && place.factor(item) != 2 * place.factor(last)) fail("matrices whose columns are apart");
    const Affine row = Affine::variable("row_of_item");
    const Affine half = Affine::variable("matrix_of_item");
    const Affine other = Affine::variable("pair_of_item");
    Access from = substituted(access, across, turned ? Affine(0) : row);
    if (is_a) from = substituted(from, last, half);
    if (!is_a) from = substituted(from, item, 0);
    const Affine matrix_of_depth = is_a ? other : half;
    from = substituted(from, depth, row_elements * matrix_of_depth + (turned ? row : Affine(0)));
    const bool two_tiles = !is_a && loops.size() > 1 && loops[loops.size() - 2]->extent % 2 == 0;
    if (two_tiles) {
      const std::string& tile = loops[loops.size() - 2]->loop;
      from = substituted(from, tile, Affine::variable(tile) + other);
    }
    check_rows(from, row_elements);
    for (size_t i = 0; i + 1 < loops.size(); ++i) open(*loops[i], two_tiles && i + 2 == loops.size() ? 2 : 1);
    line(fmt::format("load_matrices_{}{}({}{}, &{});", is_a || two_tiles ? 4 : 2, turned ? "_turned" : "",
                     name, tiles(loops, false), at(from)));
    close(loops.size() - 1);
  }

  /// The instruction needs rows at multiples of 16 bytes.
  void check_rows(const Access& from, int64_t row_elements) {
    for (const Affine::Term& term : flat(from).terms())
      if (term.factor % row_elements != 0) fail("rows of matrices that are not aligned");
  }

  void print_matrices(const For& loop) {
    const MatrixLoops m = matrix_loops(loop);
    if (!m.valid) return fail("the product of matrices in the loop " + loop.loop);
    name_stage(loop.body);
    line("{");
    ++depth_;
    line("const int row_of_item = (int)threadIdx.x % 8;");
    line("const int matrix_of_item = (int)threadIdx.x / 8 % 2;");
    line("const int pair_of_item = (int)threadIdx.x / 16 % 2;");
    line(dialect_.aligned + "unsigned int rows" + tiles(m.rows, true) + "[4];");
    line(dialect_.aligned + "unsigned int columns" + tiles(m.columns, true) + "[2];");
    load_matrices("rows", m, true);
    load_matrices("columns", m, false);
    for (size_t i = 0; i + 1 < m.rows.size(); ++i) open(*m.rows[i]);
    for (size_t i = 0; i + 1 < m.columns.size(); ++i) open(*m.columns[i]);
    std::string sums;
    for (int64_t i = 0; i < 4; ++i) {
      const Access sum = substituted(m.store->to, m.rows.back()->loop, i / 2);
      sums += at(substituted(sum, m.columns.back()->loop, i % 2)) + ", ";
    }
    line(fmt::format("multiply_{}({}rows{}, columns{});", to_string(element_in(m.a)), sums,
                     tiles(m.rows, false), tiles(m.columns, false)));
    close(m.rows.size() + m.columns.size() - 2);
    --depth_;
    line("}");
  }

  // Vectors.

  bool print_vectorized(const For& loop) {
    lanes_ = Lanes{loop.loop, loop.extent};
    const bool possible = std::all_of(loop.body.begin(), loop.body.end(), [&](const Statement& statement) {
      const auto* store = std::get_if<Store>(&statement.step);
      return store != nullptr && !store->at && can_move(*store);
    });
    if (possible) {
      name_stage(loop.body);
      for (const Statement& statement : loop.body) print_move(std::get<Store>(statement.step));
    }
    lanes_.reset();
    return possible;
  }

  bool width_exists() const {
    const int64_t count = lanes_->count;
    return count == 2 || count == 4 || count == 8 || count == 16;
  }

  /// The type of CUDA that has as many bytes as all lanes of an element together; empty where there is none.
  std::string word_of(Element element) const {
    if (element == Element::float32 || element == Element::int32)
      return lanes_->count <= 4 ? vector_type(element) : "";
    switch (lanes_->count * bytes(element)) {
      case 2:
        return "unsigned short";
      case 4:
        return "unsigned int";
      case 8:
        return "uint2";
      case 16:
        return "uint4";
      default:
        return "";
    }
  }

  /// All zeros of such a type.
  static std::string zero_of(const std::string& word) {
    if (word.starts_with("unsigned")) return "0";
    return fmt::format("make_{}({})", word, word.ends_with('4') ? "0, 0, 0, 0" : "0, 0");
  }

  /// How far apart the elements of neighbouring lanes are.
  int64_t step(const Access& access) const { return flat(access).factor(lanes_->loop); }

  /// Whether a vector lies at a place where CUDA may load it at once.
  bool is_aligned(const Access& access) const {
    if (opencl()) return true;
    const Affine place = flat(access);
    const auto whole = [&](int64_t number) { return number % lanes_->count == 0; };
    return whole(place.constant()) &&
           std::all_of(place.terms().begin(), place.terms().end(), [&](const Affine::Term& term) {
             return term.loop == lanes_->loop || whole(term.factor);
           });
  }

  bool is_vector(const Access& access) const {
    const Element element = element_in(access);
    const bool known = opencl() ? element == Element::float32 || element == Element::int32 ||
                                      element == Element::int8 || element == Element::float16
                                : !word_of(element).empty();
    return known && step(access) == 1 && is_aligned(access);
  }

  bool can_move(const Store& store) const {
    if (!width_exists() || step(store.to) == 0) return false;
    if (opencl()) return element_in(store.to) != Element::bfloat16 && can_compute(store.value);
    // Arithmetic is done lane by lane: only what goes to or comes from memory is a vector.
    return is_moved(store.value) || (is_vector(store.to) && in_memory(store.to));
  }

  bool in_memory(const Access& access) const {
    return program_.find(access.buffer)->storage != Storage::registers;
  }

  /// Whether a value is a vector in memory, perhaps converted, or zeros where conditions do not hold.
  bool is_moved(const Value& value) const {
    const Value& load = load_in(value);
    if (load->kind == Kind::load)
      return is_vector(load->access) &&
             (value->kind == Kind::load || (bytes(load->element) < 4 && bytes(value->element) == 4));
    return value->kind == Kind::guarded && !depends(value->conditions, lanes_->loop) &&
           load_in(value->operands[0])->kind == Kind::load && is_moved(value->operands[0]) &&
           value->operands[1]->kind == Kind::constant && value->operands[1]->number == 0;
  }

  bool can_compute(const Value& value) const {
    switch (value->kind) {
      case Kind::constant:
        return true;
      case Kind::load:
        return element_in(value->access) != Element::bfloat16;
      case Kind::guarded:
        if (depends(value->conditions, lanes_->loop)) return false;
        break;
      case Kind::less:
      case Kind::less_or_equal:
      case Kind::equal:
      case Kind::select:
      case Kind::dot4:
      case Kind::load_at:
      case Kind::position:
        return false;
      case Kind::divide:
        if (value->element != Element::float32) return false;
        break;
      default:
        break;
    }
    return std::all_of(value->operands.begin(), value->operands.end(),
                       [&](const Value& operand) { return can_compute(operand); });
  }

  std::string vector_type(Element element) const {
    return (is_half(element) ? "float" : dialect_.type(element)) + std::to_string(lanes_->count);
  }

  /// Does something for each lane, where the loop's variable is its number.
  template <class Do>
  void each_lane(const Do& lane) {
    const std::optional<Lanes> lanes = std::exchange(lanes_, std::nullopt);
    for (int64_t i = 0; i < lanes->count; ++i) {
      bound_[lanes->loop] = i;
      lane(i);
    }
    bound_.erase(lanes->loop);
    lanes_ = lanes;
  }

  void print_move(const Store& store) {
    if (!opencl()) return print_cuda_move(store);
    if (step(store.to) == 1) {
      const bool half = element_in(store.to) == Element::float16;
      const Value& value =
          half && store.value->kind == Kind::convert ? store.value->operands[0] : store.value;
      return line(fmt::format("vstore{}{}({}, 0, &{});", half ? "_half" : "", lanes_->count, vector(value),
                              first_lane(store.to)));
    }
    const Value& value = is_half(element_in(store.to)) ? store.value->operands[0] : store.value;
    line("{");
    ++depth_;
    line(fmt::format("const {} lanes = {};", vector_type(value->element), vector(value)));
    const bool half = element_in(store.to) == Element::float16;
    each_lane([&](int64_t lane) {
      const std::string part = fmt::format("lanes.s{:x}", lane);
      line(half ? fmt::format("vstore_half({}, 0, &{});", part, at(store.to))
                : at(store.to) + " = " + part + ";");
    });
    --depth_;
    line("}");
  }

  void print_cuda_move(const Store& store) {
    const bool whole = is_vector(store.to);
    if (!is_moved(store.value)) return print_computed_lanes(store);
    const bool guarded = store.value->kind == Kind::guarded;
    const Value& value = guarded ? store.value->operands[0] : store.value;
    const Access& from = load_in(value)->access;
    const Element element = element_in(from);
    const std::string word = word_of(element);
    if (is_copied_later(store) && whole && lanes_->count * bytes(element) >= 4)
      return line(fmt::format("copy_later_{}(&{}, &{});", lanes_->count * bytes(element),
                              first_lane(store.to), first_lane(from)));
    std::string moved = fmt::format("*(const {}*)&{}", word, first_lane(from));
    if (guarded) moved = fmt::format("{} ? {} : {}", text(store.value->conditions), moved, zero_of(word));
    if (whole && value->kind == Kind::load && element == element_in(store.to))
      return line(fmt::format("*({}*)&{} = {};", word, first_lane(store.to), moved));
    line("{");
    ++depth_;
    if (bytes(element) == 4) {
      line(fmt::format("const {} lanes = {};", word, moved));
      each_lane([&](int64_t lane) { line(fmt::format("{} = lanes.{};", at(store.to), "xyzw"[lane])); });
    } else {
      declare_lanes(element);
      line(fmt::format("*({}*)lanes = {};", word, moved));
      each_lane([&](int64_t lane) { line(unpacked(store, element, lane)); });
    }
    --depth_;
    line("}");
  }

  void declare_lanes(Element element) {
    line(fmt::format("{}{} lanes[{}];", dialect_.aligned, dialect_.type(element), lanes_->count));
  }

  /// One of the lanes that were loaded at once, stored.
  std::string unpacked(const Store& store, Element element, int64_t lane) const {
    const std::string place = at(store.to);
    if (element_in(store.to) == element || !is_half(element))
      return fmt::format("{} = lanes[{}];", place, lane);
    return fmt::format("{} = {}(&lanes[{}]);", place,
                       element == Element::float16 ? "load_half" : "load_bfloat16", lane);
  }

  /// Lanes that are computed one by one and stored at once.
  void print_computed_lanes(const Store& store) {
    const Element element = element_in(store.to);
    const std::string word = word_of(element);
    if (bytes(element) < 4 && store.value->kind == Kind::constant && store.value->number == 0)
      return line(fmt::format("*({}*)&{} = {};", word, first_lane(store.to), zero_of(word)));
    line("{");
    ++depth_;
    if (bytes(element) == 4) {
      line(word + " lanes;");
      each_lane([&](int64_t lane) { line(fmt::format("lanes.{} = {};", "xyzw"[lane], text(store.value))); });
      line(fmt::format("*({}*)&{} = lanes;", word, first_lane(store.to)));
    } else {
      declare_lanes(element);
      each_lane([&](int64_t lane) { line(stored(element, fmt::format("lanes[{}]", lane), store.value)); });
      line(fmt::format("*({0}*)&{1} = *(const {0}*)lanes;", word, first_lane(store.to)));
    }
    --depth_;
    line("}");
  }

  std::string first_lane(const Access& access) {
    bound_[lanes_->loop] = 0;
    std::string place = at(access);
    bound_.erase(lanes_->loop);
    return place;
  }

  /// A value of all lanes, in OpenCL.
  std::string vector(const Value& value) {
    if (!depends(value, lanes_->loop)) {
      const std::optional<Lanes> lanes = std::exchange(lanes_, std::nullopt);
      std::string scalar = text(value);
      lanes_ = lanes;
      return fmt::format("({})({})", vector_type(value->element), scalar);
    }
    const auto operand = [&](size_t i) { return vector(value->operands[i]); };
    const std::string count = std::to_string(lanes_->count);
    if (value->kind == Kind::load) {
      const bool half = element_in(value->access) == Element::float16;
      if (step(value->access) == 1)
        return fmt::format("vload{}{}(0, &{})", half ? "_half" : "", count, first_lane(value->access));
      std::vector<std::string> parts;
      each_lane([&](int64_t) { parts.push_back(text(value)); });
      return fmt::format("({})({})", vector_type(value->element), fmt::join(parts, ", "));
    }
    if (value->kind == Kind::convert) {
      if (is_half(value->element) || is_half(value->operands[0]->element)) return operand(0);
      return fmt::format("convert_{}({})", vector_type(value->element), operand(0));
    }
    if (value->kind == Kind::guarded)
      return fmt::format("({} ? {} : {})", text(value->conditions), operand(0), operand(1));
    return operation(value, operand, count);
  }

  // Values.

  /// An operation on what `operand` writes, of vectors of a width or of scalars.
  template <class Operand>
  std::string operation(const Value& value, const Operand& operand, const std::string& width) {
    if (const auto function = kFunctions.find(value->kind); function != kFunctions.end())
      return fmt::format("{}{}({})", function->second, dialect_.float_suffix, operand(0));
    if (const auto symbol = kOperators.find(value->kind); symbol != kOperators.end()) {
      if (value->kind == Kind::divide && value->element != Element::float32) fail("a division of integers");
      return fmt::format("({} {} {})", operand(0), symbol->second, operand(1));
    }
    const std::string type = value->element == Element::float32 ? "float" : "int";
    switch (value->kind) {
      case Kind::multiply_add:
        if (value->element != Element::float32)
          return fmt::format("({} * {} + {})", operand(0), operand(1), operand(2));
        return fmt::format("fma{}({}, {}, {})", dialect_.float_suffix, operand(0), operand(1), operand(2));
      case Kind::minimum:
        return fmt::format("smaller_{}{}({}, {})", type, width, operand(0), operand(1));
      case Kind::maximum:
        return fmt::format("larger_{}{}({}, {})", type, width, operand(0), operand(1));
      case Kind::select:
        return fmt::format("({} ? {} : {})", operand(0), operand(1), operand(2));
      default:
        fail(loop::to_string(value));
        return "0";
    }
  }

  std::string text(const Value& value) {
    const auto operand = [&](size_t i) { return text(value->operands[i]); };
    switch (value->kind) {
      case Kind::constant:
        return number(*value);
      case Kind::load:
        return loaded(value->access);
      case Kind::convert:
        if (is_half(value->element)) return operand(0);  // the store converts
        if (is_half(value->operands[0]->element)) return operand(0);
        return fmt::format("({}){}", dialect_.type(value->element), operand(0));
      case Kind::guarded:
        return fmt::format("({} ? {} : {})", text(value->conditions), operand(0), operand(1));
      case Kind::dot4:
        return dot4(value);
      default:
        return operation(value, operand, "");
    }
  }

  static std::string number(const Value::Node& node) {
    if (node.element != Element::float32 && !is_half(node.element))
      return fmt::format("{}", static_cast<int64_t>(node.number));
    std::string digits = fmt::format("{:.9g}", node.number);
    if (digits.find_first_of(".e") == std::string::npos) digits += ".0";
    return digits + "f";
  }

  std::string dot4(const Value& value) {
    Access a = value->operands[0]->access;
    Access b = value->operands[1]->access;
    if (!opencl())
      return fmt::format("__dp4a(*(const int*)&{}, *(const int*)&{}, {})", at(a), at(b),
                         text(value->operands[2]));
    std::string sum = text(value->operands[2]);
    for (int i = 0; i < 4; ++i) {
      sum += fmt::format(" + (int){} * (int){}", at(a), at(b));
      a.index.back() += 1;
      b.index.back() += 1;
    }
    return "(" + sum + ")";
  }

  std::string loaded(const Access& access) {
    switch (element_in(access)) {
      case Element::float16:
        return opencl() ? fmt::format("vload_half(0, &{})", at(access))
                        : fmt::format("load_half(&{})", at(access));
      case Element::bfloat16:
        return fmt::format("load_bfloat16(&{})", at(access));
      default:
        return at(access);
    }
  }

  Element element_in(const Access& access) const { return program_.find(access.buffer)->element; }

  /// The number of an element in its buffer.
  Affine flat(const Access& access) const {
    const Buffer& buffer = *program_.find(access.buffer);
    Affine sum;
    for (size_t i = 0; i < access.index.size(); ++i) sum = buffer.extents[i] * sum + access.index[i];
    return sum;
  }

  std::string at(const Access& access) const {
    const Storage storage = program_.find(access.buffer)->storage;
    if (storage != Storage::registers && storage != Storage::shared)
      return access.buffer + "[" + text(flat(access)) + "]";
    std::string place = access.buffer;
    for (const Affine& index : access.index) place += "[" + text(index) + "]";
    return place;
  }

  std::string text(Affine affine) const {
    for (const auto& [name, value] : bound_) affine = affine.substitute(name, value);
    std::string sum;
    for (const Affine::Term& term : affine.terms()) {
      const int64_t size = std::abs(term.factor);
      if (!sum.empty()) sum += term.factor < 0 ? " - " : " + ";
      if (sum.empty() && term.factor < 0) sum += "-";
      sum += size == 1 ? term.loop : fmt::format("{} * {}", size, term.loop);
    }
    if (sum.empty()) return std::to_string(affine.constant());
    if (affine.constant() != 0)
      sum += fmt::format(" {} {}", affine.constant() < 0 ? "-" : "+", std::abs(affine.constant()));
    return sum;
  }

  std::string text(const Conditions& conditions) const {
    std::vector<std::string> parts;
    for (const Affine& condition : conditions) parts.push_back(text(condition) + " >= 0");
    return conditions.size() == 1 ? parts[0] : fmt::format("({})", fmt::join(parts, " && "));
  }

  const LoweredProgram& program_;
  const Dialect& dialect_;
  Grid grid_;
  std::string text_;
  size_t depth_ = 1;
  std::string stage_;                     // that was named last
  std::map<std::string, int64_t> bound_;  // loops that are at one iteration
  std::set<LoopKind> around_;             // loops over groups and items around the place
  std::vector<const For*> items_around_;  // those over items, outermost first
  std::optional<Lanes> lanes_;
  std::optional<Error> error_;
};

}  // namespace

Result<KernelProgram> print_program(const LoweredProgram& program, Language language) {
  const Dialect& dialect = dialect_of(language);
  KernelProgram result;
  result.source.language = language;
  result.source.name = program.name;
  std::string kernels;
  for (size_t i = 0; i < program.nests.size(); ++i) {
    Launch launch;
    launch.entry = program.nests.size() == 1 ? program.name : fmt::format("{}_{}", program.name, i + 1);
    launch.grid = grid_of(program.nests[i]);
    Used used;
    used.collect(program.nests[i]);
    size_t argument = 0;
    for (const Buffer& buffer : program.buffers) {
      if (buffer.storage == Storage::registers || buffer.storage == Storage::shared) continue;
      if (used.uses(buffer.name)) launch.arguments.push_back(argument);
      ++argument;
    }
    const int64_t shared = shared_bytes_of(program, used);
    const bool launched_shared = language == Language::cuda && shared > kDeclaredSharedBytes;
    if (launched_shared) launch.shared_bytes = static_cast<uint64_t>(shared);
    KernelPrinter printer(program, dialect);
    kernels += (i > 0 ? "\n" : "") +
               printer.print(launch.entry, program.nests[i], launch.grid, used, launched_shared);
    if (printer.error()) return *printer.error();
    result.launches.push_back(std::move(launch));
  }
  result.source.text = prelude_of(kernels, dialect) + kernels;
  return result;
}

}  // namespace tamis::gpu
