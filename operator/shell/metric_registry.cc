#include "operator/shell/metric_registry.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "lib/base/check.h"

namespace muster::shell {
namespace {

struct CounterSeries final : MetricCounter {
  explicit CounterSeries(prometheus::Counter& c) : counter(c) {}
  void Increment(double by) override { counter.Increment(by); }
  double Value() const override { return counter.Value(); }
  prometheus::Counter& counter;
};

struct GaugeSeries final : MetricGauge {
  explicit GaugeSeries(prometheus::Gauge& g) : gauge(g) {}
  void Set(double value) override { gauge.Set(value); }
  prometheus::Gauge& gauge;
};

struct HistogramSeries final : MetricHistogram {
  explicit HistogramSeries(prometheus::Histogram& h) : histogram(h) {}
  void Observe(Seconds value) override { histogram.Observe(value.count()); }
  prometheus::Histogram& histogram;
};

// Series of ours around those of a prometheus::Family, found again without a search through that family.
template <class Interface, class Series, class Metric, class... Args>
class SeriesTable final : public SeriesOf<Interface> {
 public:
  SeriesTable(prometheus::Family<Metric>& family, std::vector<std::string> labels, Args... args)
      : family_(family), labels_(std::move(labels)), args_(std::move(args)...) {}

  Interface& With(const std::vector<std::string>& values) override {
    CHECK(values.size() == labels_.size());
    const std::lock_guard lock(mutex_);
    const auto known = series_.find(values);
    if (known != series_.end()) return known->second;
    if (series_.size() < kSeriesMax) return Add(values);
    const std::vector<std::string> other(labels_.size(), "other");
    const auto overflow = series_.find(other);
    return overflow == series_.end() ? Add(other) : overflow->second;
  }

 private:
  Interface& Add(const std::vector<std::string>& values) {
    prometheus::Labels labels;
    for (size_t i = 0; i < values.size(); ++i) labels.emplace(labels_[i], values[i]);
    Metric& metric = std::apply([&](const Args&... args) -> Metric& { return family_.Add(labels, args...); }, args_);
    return series_.try_emplace(values, metric).first->second;
  }

  prometheus::Family<Metric>& family_;
  const std::vector<std::string> labels_;
  const std::tuple<Args...> args_;
  std::mutex mutex_;  // series_
  std::map<std::vector<std::string>, Series> series_;
};

using CounterTable = SeriesTable<MetricCounter, CounterSeries, prometheus::Counter>;
using GaugeTable = SeriesTable<MetricGauge, GaugeSeries, prometheus::Gauge>;
using HistogramTable =
    SeriesTable<MetricHistogram, HistogramSeries, prometheus::Histogram, prometheus::Histogram::BucketBoundaries>;

std::string HelpOf(const MetricFamily& family) {
  return "[" + std::string(StabilityName(family.stability)) + "] " + family.meaning + ". Unit: " + family.unit + ".";
}

}  // namespace

std::string_view TypeName(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "untyped";
}

std::string_view StabilityName(Stability stability) { return stability == Stability::kStable ? "STABLE" : "ALPHA"; }

struct MetricRegistry::Impl {
  prometheus::Registry registry;
  std::map<std::string, MetricFamily> families;
  std::vector<std::unique_ptr<SeriesOf<MetricCounter>>> counters;
  std::vector<std::unique_ptr<SeriesOf<MetricGauge>>> gauges;
  std::vector<std::unique_ptr<SeriesOf<MetricHistogram>>> histograms;

  const MetricFamily& Note(MetricFamily family, MetricType type) {
    family.type = type;
    const auto [at, is_new] = families.emplace(family.name, family);
    CHECK(is_new);
    return at->second;
  }
  // The library throws on an invalid name: a defect of ours, found by the first test that makes the registry.
  template <class Builder>
  static auto& Register(Builder builder, const MetricFamily& family, prometheus::Registry& registry) try {
    return builder.Name(family.name).Help(HelpOf(family)).Register(registry);
  } catch (const std::exception&) {
    CHECK(false && "metric name is not valid");
    std::abort();
  }
};

MetricRegistry::MetricRegistry() : impl_(std::make_unique<Impl>()) {}
MetricRegistry::~MetricRegistry() = default;

SeriesOf<MetricCounter>& MetricRegistry::MakeCounter(MetricFamily family) {
  const MetricFamily& noted = impl_->Note(std::move(family), MetricType::kCounter);
  auto& made = Impl::Register(prometheus::BuildCounter(), noted, impl_->registry);
  return *impl_->counters.emplace_back(std::make_unique<CounterTable>(made, noted.labels));
}

SeriesOf<MetricGauge>& MetricRegistry::MakeGauge(MetricFamily family) {
  const MetricFamily& noted = impl_->Note(std::move(family), MetricType::kGauge);
  auto& made = Impl::Register(prometheus::BuildGauge(), noted, impl_->registry);
  return *impl_->gauges.emplace_back(std::make_unique<GaugeTable>(made, noted.labels));
}

SeriesOf<MetricHistogram>& MetricRegistry::MakeHistogram(MetricFamily family,
                                                         const std::vector<double>& bucket_bounds) {
  const MetricFamily& noted = impl_->Note(std::move(family), MetricType::kHistogram);
  auto& made = Impl::Register(prometheus::BuildHistogram(), noted, impl_->registry);
  return *impl_->histograms.emplace_back(std::make_unique<HistogramTable>(made, noted.labels, bucket_bounds));
}

std::string MetricRegistry::Text() const {
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (prometheus::MetricFamily& family : families) {
    std::sort(family.metric.begin(), family.metric.end(),
              [](const auto& a, const auto& b) { return a.label < b.label; });
  }
  return prometheus::TextSerializer().Serialize(families);
}

std::vector<MetricFamily> MetricRegistry::Families() const {
  std::vector<MetricFamily> families;
  for (const auto& [name, family] : impl_->families) families.push_back(family);
  return families;
}

}  // namespace muster::shell
