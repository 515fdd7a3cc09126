#pragma once

#include "workload/workload.h"

#include <cstdint>
#include <vector>

namespace tamis {

/// Where one channel of one image lies: pixel p (row * width + column) is element first + p * step.
struct ChannelPlace {
  int64_t first;
  int64_t step;
};

/// The place of channel c of image n in a tensor of `channels` channels of `pixels` pixels each.
inline ChannelPlace channel_place(Layout layout, int64_t channels, int64_t pixels, int64_t n, int64_t c) {
  const int64_t image = n * channels * pixels;
  switch (layout) {
    case Layout::nchw:
      break;
    case Layout::nhwc:
      return {image + c, channels};
    case Layout::nchw16c:
      return {image + c / kLayoutBlock * pixels * kLayoutBlock + c % kLayoutBlock, kLayoutBlock};
  }
  return {image + c * pixels, 1};
}

/// The elements of an NCHW tensor in another layout.
template <class T>
std::vector<T> to_layout(Layout layout, int64_t channels, int64_t pixels, std::vector<T> nchw) {
  if (layout == Layout::nchw) return nchw;
  std::vector<T> out(nchw.size());
  size_t element = 0;
  for (int64_t n = 0; element < nchw.size(); ++n)
    for (int64_t c = 0; c < channels; ++c) {
      const ChannelPlace place = channel_place(layout, channels, pixels, n, c);
      for (int64_t p = 0; p < pixels; ++p)
        out[static_cast<size_t>(place.first + p * place.step)] = nchw[element++];
    }
  return out;
}

}  // namespace tamis
