#pragma once

#include "targets/loop/affine.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tamis::loop {

/// What an element of a buffer is. `boolean` is a byte, 0 or 1. float16 and bfloat16 are for memory only:
/// they are loaded, stored and converted from and to float32, and nothing else.
enum class Element { float32, int8, uint8, int32, int64, boolean, float16, bfloat16 };
/// Whether it has 16 bits: float16 and bfloat16.
constexpr bool is_half(Element element) {
  return element == Element::float16 || element == Element::bfloat16;
}
/// Bytes of an element.
int64_t bytes(Element element);
/// `float32`, `int8`, ...
std::string to_string(Element element);

/// An element of a buffer: the buffer's name and an index for each of its dimensions, outermost first.
struct Access {
  std::string buffer;
  std::vector<Affine> index;
  friend bool operator==(const Access&, const Access&) = default;
};

/// Affines that must all be at least 0.
using Conditions = std::vector<Affine>;

/// A scalar expression of the loop IR: an immutable tree, shared by copies.
///
/// All operands of an operation have one element type, but for `dot4`, `convert`, `select` and `load_at`. A
/// comparison is of booleans, whatever it compares.
class Value {
 public:
  enum class Kind {
    constant,        ///< `number`
    load,            ///< `access`
    add,             ///< a + b
    subtract,        ///< a - b
    multiply,        ///< a * b
    multiply_add,    ///< a * b + c, rounded once where the hardware can
    divide,          ///< a / b; of integers cut towards 0, and 0 where b is
    minimum,         ///< the smaller of a and b; a where it is not a number; of booleans `a and b`
    maximum,         ///< the larger of a and b; a where it is not a number; of booleans `a or b`
    exponential,     ///< e to the power of a, of float32; within two units in the last place, as are the next
    error_function,  ///< erf(a), of float32
    hyperbolic_tangent,  ///< tanh(a), of float32
    logarithm,           ///< the natural logarithm of a, of float32
    square_root,         ///< of float32, correctly rounded
    round_down,          ///< the next whole number that is not above a, of float32
    round_up,            ///< the next whole number that is not below a, of float32
    round_even,          ///< the nearest whole number, of two the even one, of float32
    magnitude,           ///< |a|, of float32
    less,                ///< whether a < b; never where one is not a number, as the next two
    less_or_equal,       ///< whether a <= b
    equal,               ///< whether a == b
    select,              ///< b where the boolean a holds, else c; both are evaluated
    load_at,  ///< the load of `access`, whose index `dimension` (written as 0) is the integer a, held to what
              ///< the buffer has there
    position,     ///< the integer that the only index of `access` is, an int64
    shift_right,  ///< a >> b, arithmetic; b is a constant
    dot4,  ///< c + the four products of the uint8 elements at the load a and the int8 ones at the load b and
           ///< right behind; for GPUs those at a are int8, too
    convert,  ///< a as another element type: fractions are cut off; the least integer where it does not fit
              ///< one of 32 or 64 bits; false for 0 only; float16
              ///< and bfloat16 from and to float32 alone, to the nearest, halves to even
    guarded,  ///< a where all conditions hold, else b; a is not evaluated where they do not
    accumulated,  ///< in Stage::finish: the sum that the reduction gave
  };
  struct Node {
    Kind kind = Kind::constant;
    Element element = Element::float32;
    double number = 0;
    Access access = {};
    Conditions conditions = {};
    std::vector<Value> operands = {};
    size_t dimension = 0;
  };

  Value() : Value(Node{}) {}
  explicit Value(Node node) : node_(std::make_shared<const Node>(std::move(node))) {}

  const Node& operator*() const { return *node_; }
  const Node* operator->() const { return node_.get(); }

  static Value constant(double number, Element element = Element::float32);
  static Value load(Access access, Element element = Element::float32);
  static Value accumulated(Element element = Element::float32);
  static Value convert(const Value& value, Element element);
  static Value guarded(Conditions conditions, const Value& value, const Value& otherwise);
  static Value multiply_add(const Value& a, const Value& b, const Value& c);
  /// Where loops are, as a number.
  static Value position(const Affine& place);
  /// `condition` is a boolean, the others are of one type.
  static Value select(const Value& condition, const Value& value, const Value& otherwise);
  /// `index` is an int32 or int64, and `access` has 0 in its place.
  static Value load_at(Access access, size_t dimension, const Value& index,
                       Element element = Element::float32);
  /// `a` must be a load of uint8 (for GPUs of int8), `b` of int8 elements, `c` is an int32.
  static Value dot4(const Value& a, const Value& b, const Value& c);
  /// The operation on one operand, or on two of one type.
  static Value of(Kind kind, const Value& a);
  static Value of(Kind kind, const Value& a, const Value& b);

  /// The same with loop variables replaced.
  Value substitute(const std::string& loop, const Affine& by) const;
  /// The same with `accumulated` replaced.
  Value replace_accumulated(const Value& by) const;
  /// The accesses of all loads inside, in the order of evaluation.
  void collect_loads(std::vector<Access>& loads) const;

 private:
  std::shared_ptr<const Node> node_;
};

inline Value operator+(const Value& a, const Value& b) { return Value::of(Value::Kind::add, a, b); }
inline Value operator-(const Value& a, const Value& b) { return Value::of(Value::Kind::subtract, a, b); }
inline Value operator*(const Value& a, const Value& b) { return Value::of(Value::Kind::multiply, a, b); }
inline Value operator/(const Value& a, const Value& b) { return Value::of(Value::Kind::divide, a, b); }

/// `input[y, x + kx, ci] * weights[ci, co]`.
std::string to_string(const Value& value);
std::string to_string(const Access& access);
std::string to_string(const Conditions& conditions);

}  // namespace tamis::loop
