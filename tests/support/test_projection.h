// A smallest projection, decoded from TestObject: for tests of stores and informers. Test support.
#pragma once

#include <cstdint>
#include <utility>

#include "lib/api/meta.h"
#include "lib/base/result.h"

namespace muster::testing {

struct Thing {
  api::ObjectMeta meta;
  int64_t value = 0;
  bool operator==(const Thing&) const = default;
};

inline constexpr api::Resource kThings{"test.muster.dev", "v1", "things", "Thing"};

// kDecode when spec.value is no number.
inline Result<Thing> DecodeThing(const json::Value& object) {
  TRY(api::ObjectMeta meta, api::DecodeMeta(object, api::KeepLabels::kNone));
  const json::Value& value = object["spec"]["value"];
  if (!value.IsInteger()) return MakeError(Code::kDecode, "spec.value is no number");
  return Thing{std::move(meta), value.Integer()};
}

}  // namespace muster::testing
