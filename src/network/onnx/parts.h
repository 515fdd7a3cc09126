#pragma once

#include <cstdint>

namespace google::protobuf::io {
class ZeroCopyInputStream;
}

namespace tamis::network::reading {

/// About how much memory the parts of a model take once it is parsed, in bytes: messages, texts and single
/// numbers, without what texts and lists of numbers hold, which is as long in the file. A part of two bytes
/// in a file may take hundreds in memory. Skips data where the stream can. What is no model is counted as far
/// as it looks like one. Stops counting beyond `enough`.
int64_t memory_of_parts(google::protobuf::io::ZeroCopyInputStream& model, int64_t enough);

}  // namespace tamis::network::reading
