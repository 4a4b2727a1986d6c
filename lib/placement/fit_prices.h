// The best prices for the placements seen so far: a small linear program. Layer: placement. Pure.
// One part of the search in fit_bound.cc: each placement of the others that was the worst at some prices (its slots
// destroyed, the pods it uses) is a line below which the bound cannot lie. The lowest point above all lines gives the
// next prices to try. Nothing here needs to be exact: the bound is evaluated at the prices that come out.
//
//   minimize theta   subject to   theta >= lost(j) + sum over o of price(o) * (members(o) - used(j, o)),  price >= 0
//
// It is solved through its dual, which has one row per shape and one more, by the revised simplex method; lines are
// added as columns, and the last basis stays feasible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace muster::placement {

class PriceLp {
 public:
  explicit PriceLp(const std::vector<double>& members);

  void Add(double lost, const std::vector<double>& used);
  void Solve();
  const std::vector<double>& prices() const { return prices_; }
  // No prices give a lower bound than this.
  double lowest() const { return lowest_; }
  // What has been done, in units of Work.
  int64_t work() const { return work_; }

 private:
  struct Column {
    double value;
    std::vector<double> rows;
  };

  // The dual value of each row.
  std::vector<double> RowValues() const;
  bool Pivot();

  size_t size_;
  std::vector<double> members_;
  std::vector<Column> columns_;
  std::vector<size_t> basis_;                 // by row: a column
  std::vector<std::vector<double>> inverse_;  // of the basis
  std::vector<double> amounts_;               // of the basis
  std::vector<double> prices_;
  double lowest_ = 0;
  int64_t work_ = 0;
};

}  // namespace muster::placement
