// What people do by hand to what is Muster's. Whatever it is, in the end every group runs whole or not at all, and the
// operator is silent.
#pragma once

#include <string>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {

class Hands : public E2e {
 protected:
  // Every group that is admitted has all of its members bound, every other one has none; and in a steady cluster the
  // operator writes nothing (I2, I4, I6).
  void ExpectWholeOrNothing();
  // The group's Stalled condition (or, with another state, Ready) says all of this.
  std::string StalledProblem(const std::string& group, const std::vector<std::string>& parts);
  // kubectl refuses the object, and says all of this.
  void ExpectRefused(const json::Value& object, const std::vector<std::string>& parts);
  // One event of the namespace says all of this.
  std::string EventLacks(const std::vector<std::string>& parts);
  // What kubectl says to it, which must succeed.
  void Do(std::vector<std::string> arguments);

 private:
  std::string PartlyRunning();
};

// "" when `text` holds all of them, else the first that it does not.
std::string Lacks(const std::string& text, const std::vector<std::string>& parts);

}  // namespace muster::e2e
