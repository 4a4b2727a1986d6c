#include "lib/api/creation_failure.h"

#include <algorithm>

#include "lib/base/strings.h"

namespace muster::api {

Result<CreationFailure> DecodeCreationFailure(const json::Value& object) {
  constexpr size_t kLongestMessage = 500;
  CreationFailure decoded;
  TRY(decoded.meta, DecodeMeta(object, KeepLabels::kNone));
  const json::Value& involved = object["involvedObject"];
  decoded.kind = involved["kind"].Text();
  decoded.object = {involved["namespace"].Text(), involved["name"].Text()};
  decoded.message = Shorten(object["message"].Text(), kLongestMessage);
  decoded.last_seen = decoded.meta.created;
  for (const std::string& text :
       {object["lastTimestamp"].Text(), object["eventTime"].Text(), object["series"]["lastObservedTime"].Text()}) {
    if (const auto seen = ParseTime(text)) decoded.last_seen = std::max(decoded.last_seen, *seen);
  }
  return decoded;
}

}  // namespace muster::api
