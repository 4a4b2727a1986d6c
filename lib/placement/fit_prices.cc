#include "lib/placement/fit_prices.h"

#include <algorithm>
#include <cmath>

namespace muster::placement {
namespace {

constexpr int kMostPivots = 60;
constexpr double kTiny = 1e-9;

}  // namespace

// A row is scaled by the members of its shape. The first columns are the slack of each shape, and then the placement
// that uses nothing and destroys nothing; these are a feasible basis.
PriceLp::PriceLp(const std::vector<double>& members) : size_(members.size() + 1), members_(members) {
  for (size_t row = 0; row + 1 < size_; ++row) {
    Column slack{0, std::vector<double>(size_)};
    slack.rows[row] = 1;
    columns_.push_back(std::move(slack));
  }
  columns_.push_back({0, std::vector<double>(size_, -1)});
  columns_.back().rows.back() = 1;
  inverse_.assign(size_, std::vector<double>(size_));
  for (size_t row = 0; row < size_; ++row) {
    basis_.push_back(row);
    inverse_[row][row] = 1;
    inverse_[row].back() = 1;
  }
  amounts_.assign(size_, 1);
  prices_.resize(members.size());
}

void PriceLp::Add(double lost, const std::vector<double>& used) {
  Column column{lost, {}};
  for (size_t o = 0; o < used.size(); ++o) column.rows.push_back(used[o] / members_[o] - 1);
  column.rows.push_back(1);
  columns_.push_back(std::move(column));
}

std::vector<double> PriceLp::RowValues() const {
  std::vector<double> values(size_);
  for (size_t row = 0; row < size_; ++row) {
    const double value = columns_[basis_[row]].value;
    if (value == 0) continue;
    for (size_t i = 0; i < size_; ++i) values[i] += value * inverse_[row][i];
  }
  return values;
}

// Takes the column that gains most into the basis; false when none gains.
bool PriceLp::Pivot() {
  const std::vector<double> values = RowValues();
  double best = kTiny * (1 + std::abs(values.back()));
  size_t enters = columns_.size();
  for (size_t c = 0; c < columns_.size(); ++c) {
    double gain = columns_[c].value;
    for (size_t i = 0; i < size_; ++i) gain -= values[i] * columns_[c].rows[i];
    if (gain <= best) continue;
    best = gain;
    enters = c;
  }
  work_ += static_cast<int64_t>((columns_.size() + size_) * size_);
  if (enters == columns_.size()) return false;
  std::vector<double> column(size_);
  for (size_t row = 0; row < size_; ++row) {
    for (size_t i = 0; i < size_; ++i) column[row] += inverse_[row][i] * columns_[enters].rows[i];
  }
  size_t leaves = size_;
  for (size_t row = 0; row < size_; ++row) {
    if (column[row] <= kTiny) continue;
    if (leaves == size_ || amounts_[row] * column[leaves] < amounts_[leaves] * column[row]) leaves = row;
  }
  if (leaves == size_) return false;
  const double step = amounts_[leaves] / column[leaves];
  for (size_t row = 0; row < size_; ++row) {
    if (row == leaves) continue;
    amounts_[row] = std::max(0.0, amounts_[row] - step * column[row]);
    const double factor = column[row] / column[leaves];
    for (size_t i = 0; i < size_; ++i) inverse_[row][i] -= factor * inverse_[leaves][i];
  }
  amounts_[leaves] = step;
  for (double& entry : inverse_[leaves]) entry /= column[leaves];
  basis_[leaves] = enters;
  return true;
}

void PriceLp::Solve() {
  for (int i = 0; i < kMostPivots && Pivot(); ++i) {
  }
  const std::vector<double> values = RowValues();
  for (size_t o = 0; o < prices_.size(); ++o) prices_[o] = std::max(0.0, values[o]) / members_[o];
  lowest_ = values.back();
}

}  // namespace muster::placement
