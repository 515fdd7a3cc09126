#pragma once

#include "tamis/formats.h"

namespace tamis {

/// When each trial was built and run, on which device: a trace in the JSON form of the Trace Event Format,
/// which Perfetto (ui.perfetto.dev) and Chrome's about:tracing open. Written only.
///
/// A session is a process; each device is a track of it, and another is for builds, which has as many rows as
/// builds went on at a time. A slice is named after its verdict or value and has the config, the proposer and
/// the message as its arguments; a counter has the best value so far. Times count from the first session's
/// start. What a log keeps of a trial is when it ended, to the ms, and how long building and running took:
/// runs of one device that would overlap by no more than that are moved apart.
Format perfetto_format();

}  // namespace tamis
