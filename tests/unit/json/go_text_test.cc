// What Go's encoding/json makes of the same values; the expected texts were taken from it (Go 1.24).
#include "lib/json/go_text.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::json {
namespace {

TEST(GoText, EscapesWhatGoEscapes) {
  EXPECT_EQ(WriteLikeGo(Value("a && b > c < d")), R"("a \u0026\u0026 b \u003e c \u003c d")");
  EXPECT_EQ(WriteLikeGo(Value("\"\\/\b\f\n\r\t\x01\x1f\x7f")), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  EXPECT_EQ(WriteLikeGo(Value("\u2028 \u2029 \u2027 \u00e9 \U0001F600")),
            "\"\\u2028 \\u2029 \u2027 \u00e9 \U0001F600\"");
  EXPECT_EQ(WriteLikeGo(Value(Object{{"<", 1}})), R"({"\u003c":1})");
}

TEST(GoText, SortsTheKeysOfEveryObject) {
  EXPECT_EQ(WriteLikeGo(*Parse(R"({"b":[{"d":1,"c":2}],"a":{},"B":[],"":null,"é":true})")),
            R"({"":null,"B":[],"a":{},"b":[{"c":2,"d":1}],"é":true})");
}

TEST(GoText, WritesNumbersAsGoDoes) {
  struct Case {
    const char* read;
    const char* written;
  };
  for (const Case& test : {Case{"0", "0"},
                           Case{"-7", "-7"},
                           Case{"9223372036854775807", "9223372036854775807"},
                           Case{"1.0", "1"},
                           Case{"-12.25", "-12.25"},
                           Case{"123456.5", "123456.5"},
                           Case{"-0.00012", "-0.00012"},
                           Case{"1e-9", "1e-9"},
                           Case{"-3e25", "-3e+25"},
                           Case{"-0.0", "0"},
                           Case{"0.5", "0.5"},
                           Case{"1e3", "1000"},
                           Case{"0.000001", "0.000001"},
                           Case{"0.0000001", "1e-7"},
                           Case{"1.5e-10", "1.5e-10"},
                           Case{"1e20", "100000000000000000000"},
                           Case{"1e21", "1e+21"},
                           Case{"2.5e+100", "2.5e+100"},
                           Case{"18446744073709551615", "18446744073709552000"},
                           Case{"0.1", "0.1"}}) {
    EXPECT_EQ(WriteLikeGo(*Parse(test.read)), test.written);
  }
}

TEST(GoText, WrittenAgainItStaysTheSame) {
  const std::string once = WriteLikeGo(*Parse(
      R"({"z":[1.0,1e21,1e-7,-0.0,18446744073709551615],"a":"<&>\u2028\u0000\u007f","m":{"y":null,"x":false}})"));
  EXPECT_EQ(WriteLikeGo(*Parse(once)), once);
}

}  // namespace
}  // namespace muster::json
