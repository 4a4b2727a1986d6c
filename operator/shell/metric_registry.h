// Counters, gauges and histograms by name: the thin face of prometheus-cpp, which metric_registry.cc alone includes.
// Layer: operator/shell. Safe from any thread; families are made before threads start. A family is known by its
// MetricFamily, so that what is documented is what is registered. Resolve a series once and keep it: it lives as long
// as the registry, and finding it again costs a lock.
//
//   MetricRegistry registry;
//   auto& requests = registry.MakeCounter({.name = "requests_total", .labels = {"code"}, ...});
//   MetricCounter& ok = requests.With({"200"});
//   ok.Increment();
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace muster::shell {

using Seconds = std::chrono::duration<double>;  // every std::chrono duration converts to it

enum class MetricType { kCounter, kGauge, kHistogram };
enum class Stability { kAlpha, kStable };  // an alpha one may change in any release, a stable one will not

struct MetricFamily {
  std::string name;
  std::vector<std::string> labels;  // their names, in the order of With's values
  Stability stability = Stability::kAlpha;
  std::string unit;                        // seconds, bytes, groups, ...
  std::string meaning;                     // without a final period
  MetricType type = MetricType::kCounter;  // set by Make*
};

std::string_view TypeName(MetricType type);           // "counter", as in the text format
std::string_view StabilityName(Stability stability);  // "ALPHA", as in Kubernetes' help texts

class MetricCounter {
 public:
  virtual ~MetricCounter() = default;
  virtual void Increment(double by = 1) = 0;  // by >= 0
  virtual double Value() const = 0;
};

class MetricGauge {
 public:
  virtual ~MetricGauge() = default;
  virtual void Set(double value) = 0;
};

class MetricHistogram {
 public:
  virtual ~MetricHistogram() = default;
  virtual void Observe(Seconds value) = 0;
};

// The most series that one family can have: beyond it, all new ones are one series whose labels are "other". A guard
// against a defect of ours only, for no label of ours has an unbounded value.
inline constexpr size_t kSeriesMax = 256;

template <class Series>
class SeriesOf {
 public:
  virtual ~SeriesOf() = default;
  // The series with these label values, made (zero) when first asked for. As many values as the family has labels.
  virtual Series& With(const std::vector<std::string>& values = {}) = 0;
};

class MetricRegistry {
 public:
  MetricRegistry();
  ~MetricRegistry();
  MetricRegistry(const MetricRegistry&) = delete;
  MetricRegistry& operator=(const MetricRegistry&) = delete;

  // Names are unique and valid, CHECKed.
  SeriesOf<MetricCounter>& MakeCounter(MetricFamily family);
  SeriesOf<MetricGauge>& MakeGauge(MetricFamily family);
  SeriesOf<MetricHistogram>& MakeHistogram(MetricFamily family, const std::vector<double>& bucket_bounds);

  // Prometheus' text format 0.0.4; sorted, so that the same values are the same text.
  std::string Text() const;
  // All that were made, sorted by name; also those without a series.
  std::vector<MetricFamily> Families() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace muster::shell
