// Watches: lines as they come, on servers that cut, stall and flood.
#include <atomic>
#include <thread>

#include "tests/transport/fixture.h"

namespace muster::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Collects lines; stops at `enough` of them.
struct Lines {
  size_t enough = SIZE_MAX;
  std::vector<std::string> seen;
  wire::LineSink Sink() {
    return [this](std::string_view line) {
      seen.emplace_back(line);
      return seen.size() < enough;
    };
  }
};

RawHttpServer::Handler Chunks(std::vector<std::string> chunks, bool ends = true) {
  return [chunks = std::move(chunks), ends](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead());
    for (const std::string& chunk : chunks) c.Write(Chunk(chunk));
    if (ends) c.Write(kLastChunk);
    if (ends) c.Stall();
  };
}

TEST(Stream, HandsOnLinesHoweverTheyAreCut) {
  RawHttpServer server(Chunks({"{\"a\"", ":1}\n{\"b\":2}\r\n", "\n", "{", "\"c\":3}", "\n{\"d\":4}"}));
  Lines lines;
  const auto answer = ConnectTo(server.Url())->Stream(Get(), lines.Sink(), {});
  EXPECT_OUTCOME(answer, "OK");
  EXPECT_THAT(lines.seen, ElementsAre("{\"a\":1}", "{\"b\":2}", "{\"c\":3}", "{\"d\":4}"));
}

TEST(Stream, EndsWellWhenTheSinkHasHadEnough) {
  RawHttpServer server([](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead());
    while (c.Write(Chunk("{}\n"))) {
    }
  });
  Lines lines{.enough = 3};
  EXPECT_OUTCOME(ConnectTo(server.Url())->Stream(Get(), lines.Sink(), {}), "OK");
  EXPECT_EQ(lines.seen.size(), 3U);
}

TEST(Stream, IsUnavailableWhenCutAndGivesNoPartOfALine) {
  RawHttpServer server(Chunks({"{\"a\":1}\n{\"b\""}, false));
  Lines lines;
  const auto answer = ConnectTo(server.Url())->Stream(Get(), lines.Sink(), {});
  EXPECT_OUTCOME(answer, "Unavailable");
  EXPECT_THAT(lines.seen, ElementsAre("{\"a\":1}"));
}

TEST(Stream, SurvivesChunkGarbage) {
  for (const std::string garbage : {"zz\r\n", "-2\r\n\r\n", "-9\r\nabc\r\n", "ffffffffffffffffff\r\nabc", "5\r\nab"}) {
    RawHttpServer server([&](RawConnection& c) {
      c.ReadRequest();
      c.Write(ChunkedHead() + Chunk("{}\n") + garbage);
    });
    Lines lines;
    EXPECT_OUTCOME(ConnectTo(server.Url())->Stream(Get(), lines.Sink(), {}), "Unavailable");
    EXPECT_THAT(lines.seen, ElementsAre("{}"));
  }
}

// A server that has just been restarted may accept a watch and never say a word.
TEST(Stream, MayBeLessPatientBeforeTheFirstBytes) {
  RawHttpServer server([](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead());
    c.Stall();
  });
  wire::Request request = Get();
  request.timeout = std::chrono::minutes(5);
  request.first_timeout = 200ms;
  Lines lines;
  EXPECT_OUTCOME(ConnectTo(server.Url())->Stream(request, lines.Sink(), {}), "Timeout");

  RawHttpServer talks([](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead());
    c.Write(Chunk("{}\n"));
    std::this_thread::sleep_for(1500ms);
    c.Write(Chunk("{}\n"));
    c.Write(kLastChunk);
  });
  request.first_timeout = 1s;
  EXPECT_OUTCOME(ConnectTo(talks.Url())->Stream(request, lines.Sink(), {}), "OK");
  EXPECT_EQ(lines.seen.size(), 2U);
}

TEST(Stream, TimesOutOnSilenceAloneNotOnLength) {
  RawHttpServer server([](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead());
    for (int i = 0; i < 8; ++i) {
      std::this_thread::sleep_for(100ms);
      c.Write(Chunk("{}\n"));
    }
    c.Stall();
  });
  wire::Request request = Get();
  request.timeout = 700ms;
  Lines lines;
  const StopWatch watch;
  EXPECT_OUTCOME(ConnectTo(server.Url())->Stream(request, lines.Sink(), {}), "Timeout");
  EXPECT_EQ(lines.seen.size(), 8U);
  EXPECT_GE(watch.Elapsed(), 1500ms);
  EXPECT_LT(watch.Elapsed(), 4s);
}

TEST(Stream, StopsAtOnceWhileConnectingWaitingAndReading) {
  RawHttpServer mute([](RawConnection& c) { c.Stall(); });
  RawHttpServer idle([](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead());
    c.Stall();
  });
  for (const std::string& url : {mute.Url(), idle.Url(), std::string("http://192.0.2.1:81")}) {
    const auto transport = ConnectTo(url);
    std::stop_source stop;
    const std::jthread stopper([&] {
      std::this_thread::sleep_for(200ms);
      stop.request_stop();
    });
    const StopWatch watch;
    const auto answer = transport->Stream(
        Get(), [](std::string_view) { return true; }, stop.get_token());
    EXPECT_TRUE(Outcome(answer) == "Cancelled" || url.find("192.0.2") != std::string::npos) << Outcome(answer);
    EXPECT_LT(watch.Elapsed(), 1200ms) << url;
  }
}

TEST(Stream, HoldsTheServerBackWhenTheSinkIsSlow) {
  std::atomic<size_t> written{0};
  RawHttpServer server([&](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead());
    const std::string chunk = Chunk(std::string(65535, 'x') + "\n");
    while (written < (512U << 20U) && c.Write(chunk)) written += chunk.size();
  });
  const auto transport = ConnectTo(server.Url(), {.stream_buffer_bytes = 1U << 20U});
  std::stop_source stop;
  size_t written_while_slow = 0;
  const auto answer = transport->Stream(
      Get(),
      [&](std::string_view) {
        std::this_thread::sleep_for(1s);
        written_while_slow = written;
        return false;
      },
      stop.get_token());
  EXPECT_OUTCOME(answer, "OK");
  EXPECT_LT(written_while_slow, 64U << 20U);  // our buffer, and the kernel's two
}

TEST(Stream, DeliversAFloodWhole) {
  constexpr int kChunks = 2000;
  RawHttpServer server([&](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead());
    const std::string chunk = Chunk(std::string(32767, 'x') + "\n");
    for (int i = 0; i < kChunks; ++i) c.Write(chunk);
    c.Write(kLastChunk);
  });
  int lines = 0;
  const auto answer = ConnectTo(server.Url(), {.stream_buffer_bytes = 128U << 10U})
                          ->Stream(Get(),
                                   [&](std::string_view line) {
                                     lines += line.size() == 32767 ? 1 : 0;
                                     return true;
                                   },
                                   {});
  EXPECT_OUTCOME(answer, "OK");
  EXPECT_EQ(lines, kChunks);
}

TEST(Stream, RefusesALineWithoutEnd) {
  RawHttpServer server([](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead());
    while (c.Write(Chunk(std::string(4096, 'x')))) {
    }
  });
  Lines lines;
  const auto answer = ConnectTo(server.Url(), {.line_bytes_max = 1U << 20U})->Stream(Get(), lines.Sink(), {});
  EXPECT_OUTCOME(answer, "Decode");
  EXPECT_TRUE(lines.seen.empty());
}

TEST(Stream, ReturnsARefusalWithItsBodyCut) {
  RawHttpServer server(AlwaysAnswers(HttpAnswer(410, "{\"kind\":\"Status\"}")));
  Lines lines;
  const auto refused = ConnectTo(server.Url())->Stream(Get(), lines.Sink(), {});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 410);
  EXPECT_EQ(refused->body, "{\"kind\":\"Status\"}");
  RawHttpServer endless([](RawConnection& c) {
    c.ReadRequest();
    c.Write(ChunkedHead(500));
    while (c.Write(Chunk(std::string(65536, 'x') + "\n"))) {
    }
  });
  const auto cut = ConnectTo(endless.Url())->Stream(Get(), lines.Sink(), {});
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->status, 500);
  EXPECT_EQ(cut->body.size(), 1U << 20U);
  EXPECT_TRUE(lines.seen.empty());
}

TEST(Stream, TakesNoPlaceOfUnaryRequests) {
  RawHttpServer server([](RawConnection& c) {
    while (const auto request = c.ReadRequest()) {
      if (request->line.starts_with("GET /watch")) {
        c.Write(ChunkedHead());
        return c.Stall();
      }
      c.Write(HttpAnswer(200, "{}"));
    }
  });
  const auto transport = ConnectTo(server.Url(), {.connections_max = 1});
  std::stop_source stop;
  std::vector<std::jthread> watchers;
  for (int i = 0; i < 8; ++i) {
    watchers.emplace_back([&] {
      static_cast<void>(transport->Stream(
          Get("/watch"), [](std::string_view) { return true; }, stop.get_token()));
    });
  }
  for (int i = 0; i < 10; ++i) EXPECT_OUTCOME(transport->Send(Get()), "OK");
  stop.request_stop();
}

TEST(Stream, OfAStoppedTransportIsCancelled) {
  RawHttpServer server([](RawConnection& c) { c.Stall(); });
  const auto transport = ConnectTo(server.Url());
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    transport->Stop();
  });
  EXPECT_OUTCOME(transport->Stream(Get(), [](std::string_view) { return true; }, {}), "Cancelled");
}

}  // namespace
}  // namespace muster::client
