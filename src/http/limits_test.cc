#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "http/transport_fixture.h"

namespace sluice::http {
namespace {

/// Short, and so long that a machine that stands still for a while does not pass it by itself.
constexpr int kShortMs = 1'000;

class ServerRefuses : public TransportTest {
 protected:
  /// The request gets this status with a body and an id, once; then the connection closes.
  void ExpectRefused(const std::string& request, int status) {
    RawConnection client = Connect();
    client.Send(request);
    std::string answer = client.ReadAll();
    EXPECT_FALSE(client.timed_out()) << request.substr(0, 200);
    EXPECT_EQ(StatusOf(answer), status) << request.substr(0, 200);
    EXPECT_EQ(HeaderOf(answer, "Connection"), "close");
    EXPECT_FALSE(HeaderOf(answer, "X-Request-Id").empty());
    std::string body = BodyOf(answer);
    EXPECT_EQ(HeaderOf(answer, "Content-Length"), std::to_string(body.size()));
    EXPECT_NE(body.find("error_msg"), std::string::npos);
    EXPECT_EQ(body.find("HTTP/1.1"), std::string::npos) << "answered twice";
  }
};

TEST_F(ServerRefuses, AmbiguousFraming) {
  Start();
  const std::string post = "POST /echo HTTP/1.1\r\nHost: test\r\n";
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n";
  const std::vector<std::string> requests = {
      post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      chunked + "Content-Length: 5\r\n\r\n0\r\n\r\n",
      post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
      post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
      post + "Content-Length: 5, 5\r\n\r\nhello",
      post + "Content-Length: +5\r\n\r\nhello",
      post + "Content-Length: -5\r\n\r\nhello",
      post + "Content-Length: 0x5\r\n\r\nhello",
      post + "Content-Length: \r\n\r\nhello",
      post + "Content-Length: 99999999999999999999999\r\n\r\nhello",
      post + "Content-Length : 5\r\n\r\nhello",
      post + "Transfer-Encoding: gzip\r\n\r\nhello",
      post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
      chunked + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  };
  for (const std::string& request : requests) ExpectRefused(request, 400);
}

TEST_F(ServerRefuses, BadChunks) {
  Start();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* chunks :
       {"x\r\nhello\r\n", "5\nhello\n0\n\n", "5\r\nhelloXX0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n", "fffffffffffffffff\r\nhello", "\r\n\r\n", "5;\r\rhello",
        "5\r\nhello\r\n0\r\nbroken trailer\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n"}) {
    ExpectRefused(head + chunks, 400);
  }
  ExpectRefused(head + "5;" + std::string(40'000, 'e'), 400);
}

TEST_F(ServerRefuses, MalformedHeads) {
  Start();
  const std::vector<std::string> requests = {
      "GET /ping HTTP/1.1\nHost: test\n\n",
      "GET /ping HTTP/1.1\r\nHost: test\nX: y\r\n\r\n",
      "GET /ping HTTP/1.1\r\nHost: test\r\nX: y\r\n folded\r\n\r\n",
      "GET /ping HTTP/1.1\r\nHost: test\r\nX: y\r\n\tfolded\r\n\r\n",
      "GET /ping HTTP/1.1\r\n Host: test\r\n\r\n",
      "GET /ping HTTP/1.1\r\nHost: te\rst\r\n\r\n",
      "GET /ping HTTP/1.1\r\nHost: te" + std::string(1, '\0') + "st\r\n\r\n",
      "GET /ping HTTP/1.1\r\n\r\n",
      "GET /ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET /ping HTTP/1.1\r\nHost: test\r\nNo colon\r\n\r\n",
      "GET /ping HTTP/1.1\r\nHost: test\r\n: no name\r\n\r\n",
      "GET /ping HTTP/1.1\r\nHost: test\r\nBad name: x\r\n\r\n",
      "GET /ping HTTP/2.0\r\nHost: test\r\n\r\n",
      "GET /ping HTTP/0.9\r\n\r\n",
      "GET /ping HTTX/1.1\r\nHost: test\r\n\r\n",
      "GET /ping\r\n\r\n",
      "GET  /ping HTTP/1.1\r\nHost: test\r\n\r\n",
      "GET /pi ng HTTP/1.1\r\nHost: test\r\n\r\n",
      "GET ping HTTP/1.1\r\nHost: test\r\n\r\n",
      "GET /ping#x HTTP/1.1\r\nHost: test\r\n\r\n",
      "GET * HTTP/1.1\r\nHost: test\r\n\r\n",
      "CONNECT test:80 HTTP/1.1\r\nHost: test\r\n\r\n",
      "\r\n\r\nGET /ping HTTP/1.1\r\nHost: test\r\n\r\n",
      "\x16\x03\x01\x02",
  };
  for (const std::string& request : requests) ExpectRefused(request, 400);
  ExpectRefused("GET /ping HTTP/1.1\r\nHost: t\r\nExpect: miracles\r\n\r\n", 417);
}

TEST_F(ServerRefuses, NothingOfARequestThatFollowsABadOne) {
  Start();
  ExpectRefused(
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked"
      "\r\n\r\n0\r\n\r\n" +
          Get("/ping"),
      400);
}

TEST_F(ServerRefuses, HeadsPastTheirLimits) {
  Start();
  std::string target(40'000, 'a');
  ExpectRefused("GET /" + target + " HTTP/1.1\r\nHost: test\r\n\r\n", 431);
  ExpectRefused("GET /ping HTTP/1.1\r\nHost: test\r\nX: " + target + "\r\n\r\n", 431);
  ExpectRefused("GET /ping HTTP/1.1\r\nX: " + target, 431);
  std::string headers;
  for (int i = 0; i < 99; ++i) headers += "X-" + std::to_string(i) + ": y\r\n";
  RawConnection client = Connect();
  std::string head = "GET /ping HTTP/1.1\r\nHost: test\r\n";
  EXPECT_EQ(StatusOf(client.Ask(head + headers + "\r\n")), 200);
  ExpectRefused(head + headers + "X-Last: y\r\n\r\n", 431);
  std::string fits(32 * 1024 - head.size() - 7, 'v');
  EXPECT_EQ(StatusOf(client.Ask(head + "X: " + fits + "\r\n\r\n")), 200);
  ExpectRefused(head + "X: v" + fits + "\r\n\r\n", 431);
}

TEST_F(ServerRefuses, BodiesPastTheirLimit) {
  options_.limits.body_bytes = 1'000;
  Start();
  RawConnection client = Connect();
  EXPECT_EQ(StatusOf(client.Ask(Post("/echo", std::string(1'000, 'b')))), 200);
  // Declared, and not even begun.
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1001\r\n\r\n", 413);
  ExpectRefused(
      "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1001\r\n"
      "Expect: 100-continue\r\n\r\n",
      413);
  ExpectRefused(
      "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1f4\r\n" +
          std::string(500, 'b') + "\r\n1f5\r\n",
      413);
  // Sent to the end by a client that reads only then.
  ExpectRefused(Post("/echo", std::string(8 << 20, 'b')), 413);
}

TEST_F(ServerRefuses, BodiesPastTheMemoryForAllOfThem) {
  options_.limits.bodies_bytes = 200'000;
  Start();
  RawConnection holder = Connect();
  holder.Send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 120000\r\n\r\n");
  holder.Send(std::string(60'000, 'h'));
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 200000\r\n\r\n" +
                    std::string(150'000, 'b'),
                503);
  EXPECT_EQ(StatusOf(holder.Ask(std::string(60'000, 'h'))), 200);
}

TEST_F(ServerRefuses, SlowHeads) {
  options_.limits.head_timeout_ms = kShortMs;
  Start();
  ExpectRefused("GET /pi", 408);
  RawConnection client = Connect();
  EXPECT_EQ(StatusOf(client.Ask(Get("/ping"))), 200);
  client.Send("G");
  EXPECT_EQ(StatusOf(client.ReadAll()), 408);
}

TEST_F(ServerRefuses, HeadsThatDripIn) {
  options_.limits.head_timeout_ms = kShortMs;
  Start();
  RawConnection client = Connect();
  client.Send("GET /ping HTTP/1.1\r\n");
  // A byte for every tick does not win time: the limit is for the head as a whole.
  while (client.Send("X")) {
    pollfd waiting{client.fd(), POLLIN, 0};
    if (::poll(&waiting, 1, kShortMs / 20) > 0) break;
  }
  EXPECT_EQ(StatusOf(client.ReadAll()), 408);
}

TEST_F(ServerRefuses, SlowBodies) {
  options_.limits.body_timeout_ms = kShortMs;
  Start();
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf", 408);
  ExpectRefused("POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha",
                408);
}

using ServerCloses = TransportTest;

TEST_F(ServerCloses, IdleConnectionsWithoutAWord) {
  options_.limits.idle_timeout_ms = kShortMs;
  Start();
  RawConnection fresh = Connect();
  RawConnection used = Connect();
  EXPECT_EQ(StatusOf(used.Ask(Get("/ping"))), 200);
  EXPECT_TRUE(fresh.IsClosed());
  EXPECT_TRUE(used.IsClosed());
}

TEST_F(ServerCloses, ClientsThatDoNotReadTheirAnswer) {
  options_.limits.write_timeout_ms = kShortMs;
  Start();
  RawConnection client(server_->port(), 4096);
  client.Send(Get("/large/30000000"));
  // The server gives up; what the socket held before can still be read, the rest is missing.
  while (Metric("sluice_http_connections_total") == 0 || Metric("sluice_http_connections") > 0) {
    std::this_thread::yield();
  }
  EXPECT_LT(client.ReadAll().size(), 30'000'000u);
}

TEST_F(ServerCloses, TheLongestIdleConnectionWhenThereAreTooMany) {
  options_.limits.connections = 3;
  Start();
  RawConnection first = Connect();
  RawConnection second = Connect();
  RawConnection third = Connect();
  for (RawConnection* client : {&first, &second, &third, &first}) {
    EXPECT_EQ(StatusOf(client->Ask(Get("/ping"))), 200);
    // The order of last use is known to the millisecond: the next one has to begin.
    const SystemClock clock;
    const std::int64_t used_ms = clock.MonotonicMs();
    while (clock.MonotonicMs() < used_ms + 2) std::this_thread::yield();
  }
  RawConnection fourth = Connect();
  EXPECT_EQ(StatusOf(fourth.Ask(Get("/ping"))), 200);
  EXPECT_TRUE(second.IsClosed());
  EXPECT_EQ(StatusOf(first.Ask(Get("/ping"))), 200);
  EXPECT_EQ(StatusOf(third.Ask(Get("/ping"))), 200);
  EXPECT_EQ(Metric("sluice_http_connections_evicted_total"), 1);
}

TEST_F(ServerCloses, ANewConnectionWhenAllOthersWaitForAnAnswer) {
  options_.limits.connections = 2;
  options_.io_threads = 1;  // which then accepts only when the handlers have returned
  Mutex mutex;
  std::vector<Responder> held;
  router_->Add("GET", "/hold", RunOn::kIoThread, [&](const Request&, Responder responder) {
    MutexLock lock(mutex);
    held.push_back(std::move(responder));
  });
  Start();
  RawConnection first = Connect();
  EXPECT_EQ(StatusOf(first.Ask(Get("/ping"))), 200);
  RawConnection second = Connect();
  EXPECT_EQ(StatusOf(second.Ask(Get("/ping"))), 200);
  first.Send(Get("/hold"));
  second.Send(Get("/hold"));
  while (true) {
    MutexLock lock(mutex);
    if (held.size() == 2) break;
  }
  RawConnection third = Connect();
  EXPECT_TRUE(third.IsClosed());
  EXPECT_FALSE(third.timed_out());
  EXPECT_EQ(Metric("sluice_http_connections_refused_total"), 1);
  EXPECT_EQ(Metric("sluice_http_connections_evicted_total"), 0);
  EXPECT_EQ(Metric("sluice_http_connections"), 2);
  for (const Responder& responder : held) responder.Send(Response{});
  EXPECT_EQ(StatusOf(first.ReadAnswer()), 200);
  EXPECT_EQ(StatusOf(second.ReadAnswer()), 200);
  RawConnection fourth = Connect();
  EXPECT_EQ(StatusOf(fourth.Ask(Get("/ping"))), 200);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SLUICE_MEASURES_MEMORY 1
#endif

std::size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages >> pages;
  return pages * 4096;
}

TEST_F(ServerCloses, NoneOfFiveThousandIdleOnesAndHoldsThemCheaply) {
  constexpr std::size_t kIdle = 5'000;
  constexpr std::size_t kBytesEachMax = 20 * 1024;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_max < 2 * kIdle + 200) GTEST_SKIP() << "too few file descriptors are allowed";
  Start();
  std::size_t before = ResidentBytes();
  std::vector<RawConnection> clients;
  clients.reserve(kIdle);
  for (std::size_t i = 0; i < kIdle; ++i) {
    RawConnection& client = clients.emplace_back(server_->port());
    ASSERT_EQ(StatusOf(client.Ask(Get("/ping"))), 200);
  }
  std::size_t each = (ResidentBytes() - before) / kIdle;
  RecordProperty("bytes_each", static_cast<int>(each));
#ifdef SLUICE_MEASURES_MEMORY
  EXPECT_LT(each, kBytesEachMax);
#endif
  (void)kBytesEachMax;
  for (RawConnection& client : clients) ASSERT_EQ(StatusOf(client.Ask(Get("/ping"))), 200);
}

}  // namespace
}  // namespace sluice::http
