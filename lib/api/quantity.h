// Kubernetes quantities, and amounts by resource name. Layer: api. Pure.
// Amounts are int64 and saturate: cpu in millis, everything else in base units (bytes, devices, pods). A resource that
// is absent has amount 0, as kube-scheduler sees it. The names that every pod and node has take no memory of their own.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/json/value.h"

namespace muster::api {

inline constexpr std::string_view kCpu = "cpu";
inline constexpr std::string_view kMemory = "memory";
inline constexpr std::string_view kEphemeralStorage = "ephemeral-storage";
inline constexpr std::string_view kPodCount = "pods";

int64_t SaturatingAdd(int64_t a, int64_t b);
int64_t SaturatingSubtract(int64_t a, int64_t b);
int64_t SaturatingMultiply(int64_t a, int64_t b);
// a / b rounded up; a >= 0, b > 0.
int64_t DivideUp(int64_t a, int64_t b);

enum class Unit { kOne, kMilli };

// "1", "500m", "0.5", "1Gi", "1e3", "100k" as apimachinery's resource.ParseQuantity reads them, rounded up to whole
// units and cut at the limits of int64; nullopt for anything else.
std::optional<int64_t> ParseQuantity(std::string_view text, Unit unit = Unit::kOne);
// A quantity in JSON, which may be a string or a number; in the unit of `resource` (millis for cpu).
std::optional<int64_t> DecodeAmount(std::string_view resource, const json::Value& value);

enum class Rounding { kUp, kDown };

// An amount as a short quantity for people: "12", "500m", "64Gi", "31.3Gi" (one digit, rounded as asked).
std::string FormatAmount(std::string_view resource, int64_t amount, Rounding rounding = Rounding::kUp);
// The same with its name: "4 nvidia.com/gpu", "16Gi memory".
std::string FormatNamedAmount(std::string_view resource, int64_t amount, Rounding rounding = Rounding::kUp);

class Resources {
 public:
  int64_t Get(std::string_view name) const;
  void Set(std::string_view name, int64_t amount);
  void Add(std::string_view name, int64_t amount) { Set(name, SaturatingAdd(Get(name), amount)); }
  void Add(const Resources& other);
  void Subtract(const Resources& other);
  void TakeMax(const Resources& other);
  bool empty() const;
  // Calls for every resource whose amount is not 0, in a fixed order (cpu, memory, ephemeral-storage, pods, names).
  void ForEach(const std::function<void(std::string_view name, int64_t amount)>& call) const;

  bool operator==(const Resources&) const = default;

 private:
  std::array<int64_t, 4> basic_{};
  std::vector<std::pair<std::string, int64_t>> others_;  // by name; never 0
};

// A resource list ({"cpu": "1", "memory": "2Gi"}). What is not a quantity is left out: the API server refuses it.
Resources DecodeResources(const json::Value& map);

}  // namespace muster::api
