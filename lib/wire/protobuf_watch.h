// Events of a watch of pods in protobuf, which the API server encodes once for all who watch pods that way (the
// schedulers and controllers of Kubernetes do): a watch in JSON costs it an encoding of its own of every change of
// every pod. Layer: wire. Pure.
//
// The event becomes what ParseWatchEvent makes of the same event in JSON, with those members of a pod that
// api::DecodePod reads; a test with a real server compares the two. protobuf (lite) is seen by protobuf_watch.cc alone.
#pragma once

#include <string_view>

#include "lib/base/result.h"
#include "lib/wire/watch.h"

namespace muster::wire {

// What a request for such a stream accepts; each event is a frame of its own (Framing::kLengthPrefixed).
inline constexpr std::string_view kProtobufWatch = "application/vnd.kubernetes.protobuf;stream=watch";

// kDecode when it is no event, when its object is neither a Pod nor a Status, or when a text in it is not UTF-8.
Result<WatchEvent> ParseProtobufEvent(std::string_view frame);

}  // namespace muster::wire
