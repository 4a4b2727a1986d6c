#include "lib/base/turns.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

std::string All(Turns<std::string>& line) {
  std::string all;
  while (!line.empty()) all += line.Pop() + " ";
  return all;
}

TEST(Turns, LanesTakeTurnsAndEachKeepsItsOrder) {
  Turns<std::string> line;
  for (const char* item : {"a1", "a2", "a3"}) line.Push("a", item);
  for (const char* item : {"b1", "b2"}) line.Push("b", item);
  line.Push("c", "c1");
  EXPECT_EQ(line.size(), 6U);
  EXPECT_EQ(All(line), "a1 b1 c1 a2 b2 a3 ");
}

TEST(Turns, ALaneThatComesBackGoesToTheEnd) {
  Turns<std::string> line;
  line.Push("a", "a1");
  line.Push("b", "b1");
  line.Push("b", "b2");
  EXPECT_EQ(line.Pop(), "a1");
  line.Push("a", "a2");
  EXPECT_EQ(All(line), "b1 a2 b2 ");
}

TEST(Turns, RoomIsMadeInTheLongestLane) {
  Turns<std::string> line;
  for (const char* item : {"a1", "a2", "a3"}) line.Push("a", item);
  line.Push("b", "b1");
  line.DropOfLongest();
  EXPECT_EQ(line.size(), 3U);
  EXPECT_EQ(All(line), "a2 b1 a3 ");
}

TEST(Turns, AnItemCanBeTakenOut) {
  Turns<std::string> line;
  line.Push("a", "a1");
  line.Push("a", "a2");
  line.Push("b", "b1");
  line.Remove("b", "b1");
  line.Remove("a", "a1");
  EXPECT_EQ(All(line), "a2 ");
  line.Push("b", "b2");
  EXPECT_EQ(All(line), "b2 ");
}

}  // namespace
}  // namespace muster
