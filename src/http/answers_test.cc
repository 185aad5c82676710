// Answers that come from a source, and what clients that do not read them may cost.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/spool.h"
#include "http/transport_fixture.h"

namespace sluice::http {
namespace {

/// What a source tells the test about itself.
struct SourceLog {
  std::atomic<std::uint64_t> given = 0;
  std::atomic<int> alive = 0;
};

/// So many bytes of a pattern; fails or ends before its end when it is told to.
class PatternSource final : public ByteSource {
 public:
  PatternSource(std::uint64_t size, SourceLog* log) : size_(size), stop_(size), log_(log) {
    ++log_->alive;
  }
  ~PatternSource() override { --log_->alive; }

  void FailAt(std::uint64_t at) { stop_ = at, fails_ = true; }
  void EndAt(std::uint64_t at) { stop_ = at; }
  void BlockUntil(std::shared_future<void> go_on) { go_on_ = std::move(go_on); }

  static std::string Expected(std::uint64_t size) {
    std::string text(size, '\0');
    for (std::uint64_t i = 0; i < size; ++i) text[i] = At(i);
    return text;
  }

  std::uint64_t size() const override { return size_; }
  Result<std::size_t> Read(char* buffer, std::size_t room) override {
    if (go_on_.valid()) go_on_.wait();
    // Pieces of odd lengths: whoever reads must ask again.
    std::uint64_t count = std::min<std::uint64_t>({room, stop_ - done_, 10'007});
    if (count == 0 && fails_) {
      return FailWithDetail(ErrorCode::kUnavailable, "injected", "Storage error: injected");
    }
    for (std::uint64_t i = 0; i < count; ++i) buffer[i] = At(done_ + i);
    done_ += count;
    log_->given += count;
    return static_cast<std::size_t>(count);
  }

 private:
  static char At(std::uint64_t i) { return static_cast<char>('a' + (i * 7 + i / 1'013) % 26); }

  const std::uint64_t size_;
  std::uint64_t stop_;
  std::uint64_t done_ = 0;
  bool fails_ = false;
  std::shared_future<void> go_on_;
  SourceLog* log_;
};

///     GET /source/{bytes}         a source of so many bytes, from the pool
///     GET /inline/{bytes}         the same from the I/O thread
///     GET /failing/{bytes}/{at}   one that fails at a byte
///     GET /short/{bytes}/{at}     one that ends at a byte
class AnswersTest : public TransportTest {
 protected:
  AnswersTest() {
    Serve("/source/{bytes}", RunOn::kPool, [](PatternSource*, const Request&) {});
    Serve("/inline/{bytes}", RunOn::kIoThread, [](PatternSource*, const Request&) {});
    Serve("/failing/{bytes}/{at}", RunOn::kPool, [](PatternSource* source, const Request& request) {
      source->FailAt(std::stoull(request.PathParameter("at")));
    });
    Serve("/short/{bytes}/{at}", RunOn::kPool, [](PatternSource* source, const Request& request) {
      source->EndAt(std::stoull(request.PathParameter("at")));
    });
  }
  ~AnswersTest() override {
    server_.reset();
    EXPECT_EQ(log_.alive, 0) << "sources are destroyed with what needed them";
  }

  void Serve(const char* path, RunOn run_on,
             std::function<void(PatternSource*, const Request&)> prepare) {
    router_->Add(
        "GET", path, run_on, [this, prepare](const Request& request, const Responder& responder) {
          auto source =
              std::make_shared<PatternSource>(std::stoull(request.PathParameter("bytes")), &log_);
          prepare(source.get(), request);
          Response response;
          response.source = std::move(source);
          responder.Send(std::move(response));
        });
  }
  /// Room for so many answers from sources.
  void AllowSources(std::size_t count) {
    options_.limits.answers_bytes = count * kSourcePieceBytes;
  }
  void AwaitMetric(const std::string& name, std::int64_t value) {
    for (int i = 0; i < 200'000 && Metric(name) != value; ++i) std::this_thread::yield();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (Metric(name) != value && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    EXPECT_EQ(Metric(name), value) << name;
  }
  static std::string GetLast(std::string_view path) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
  }

  SourceLog log_;
};

/// More than a socket's buffers hold, so that whoever does not read it stalls.
constexpr std::uint64_t kLong = 12'000'000;
const std::string kLongPath = "/source/12000000";

TEST_F(AnswersTest, AreTheBytesOfTheirSourceWhateverItsLength) {
  Start();
  RawConnection client = Connect();
  for (std::uint64_t size : {0u, 1u, 10'006u, 65'535u, 65'536u, 65'537u, 131'072u, 3'000'001u}) {
    for (const char* path : {"/source/", "/inline/"}) {
      std::string answer = client.Ask(Get(path + std::to_string(size)));
      EXPECT_EQ(StatusOf(answer), 200);
      EXPECT_EQ(HeaderOf(answer, "Content-Length"), std::to_string(size));
      EXPECT_TRUE(BodyOf(answer) == PatternSource::Expected(size)) << path << size;
    }
  }
  EXPECT_EQ(BodyOf(client.Ask(Get("/ping"))), "pong");
  AwaitMetric("sluice_http_answer_bytes", 0);
}

TEST_F(AnswersTest, KeepTheirPlaceInAPipeline) {
  Start();
  RawConnection client = Connect();
  std::string requests;
  for (int i = 0; i < 30; ++i) {
    requests +=
        Get("/ping") + Get("/source/200000") + Post("/pool/echo", "b") + Get("/inline/70000");
  }
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(BodyOf(client.ReadAnswer()), "pong");
    EXPECT_TRUE(BodyOf(client.ReadAnswer()) == PatternSource::Expected(200'000));
    EXPECT_EQ(BodyOf(client.ReadAnswer()), "b");
    EXPECT_TRUE(BodyOf(client.ReadAnswer()) == PatternSource::Expected(70'000));
  }
}

TEST_F(AnswersTest, ToAHeadAreTheLengthAlone) {
  Start();
  RawConnection client = Connect();
  client.Send("HEAD /source/5000000 HTTP/1.1\r\nHost: test\r\n\r\n" + GetLast("/ping"));
  std::string answers = client.ReadAll();
  EXPECT_NE(answers.find("Content-Length: 5000000\r\n"), std::string::npos);
  EXPECT_TRUE(answers.ends_with("pong"));
  EXPECT_EQ(log_.given, 0u);
}

TEST_F(AnswersTest, AreReadNoFasterThanTheClientTakesThem) {
  Start();
  RawConnection client(server_->port(), 4096);
  client.Send(GetLast("/source/200000000"));
  AwaitMetric("sluice_http_answer_bytes", kSourcePieceBytes);
  std::uint64_t before = 0;
  // It stalls: what the source gave stays the same while others are served many times.
  for (int still = 0; still < 50; ++still) {
    if (log_.given != before) still = 0;
    before = log_.given;
    EXPECT_EQ(BodyOf(Connect().Ask(Get("/ping"))), "pong");
  }
  EXPECT_LT(log_.given, 30'000'000u);
}

TEST_F(AnswersTest, GoOnWhenASlowClientReadsAgain) {
  Start();
  std::vector<RawConnection> clients;
  for (int i = 0; i < 5; ++i) {
    clients.emplace_back(server_->port(), 4096).Send(GetLast(kLongPath));
  }
  AwaitMetric("sluice_http_answer_bytes", 5 * kSourcePieceBytes);
  const std::string expected = PatternSource::Expected(kLong);
  for (RawConnection& client : clients) EXPECT_TRUE(BodyOf(client.ReadAll()) == expected);
  AwaitMetric("sluice_http_answer_bytes", 0);
}

TEST_F(AnswersTest, ReachAClientThatHasEndedItsSide) {
  Start();
  RawConnection client(server_->port(), 4096);
  client.Send(Get(kLongPath));
  client.EndWrites();
  EXPECT_TRUE(BodyOf(client.ReadAll()) == PatternSource::Expected(kLong));
}

TEST_F(AnswersTest, OfAClientThatHangsUpAreGivenUp) {
  Start();
  for (int i = 0; i < 20; ++i) {
    RawConnection client(server_->port(), 4096);
    client.Send(Get(kLongPath));
    if (i % 2 == 0) AwaitMetric("sluice_http_answer_bytes", kSourcePieceBytes);
  }
  AwaitMetric("sluice_http_connections", 0);
  AwaitMetric("sluice_http_answer_bytes", 0);
  for (int i = 0; i < 200'000 && log_.alive > 0; ++i) std::this_thread::yield();
}

TEST_F(AnswersTest, ThatFailBeforeTheirFirstByteAreErrors) {
  Start();
  RawConnection client = Connect();
  for (const char* path : {"/failing/1000000/0", "/failing/1000000/65535", "/short/1000/999"}) {
    std::string answer = client.Ask(Get(path));
    EXPECT_EQ(StatusOf(answer), 500) << path;
    EXPECT_NE(BodyOf(answer).find(HeaderOf(answer, "X-Request-Id")), std::string::npos);
    EXPECT_EQ(BodyOf(client.Ask(Get("/ping"))), "pong");
  }
  EXPECT_EQ(Metric("sluice_http_answers_broken_total"), 0);
  EXPECT_EQ(Metric("sluice_http_answer_bytes"), 0);
}

TEST_F(AnswersTest, ThatFailInTheMiddleEndTheConnectionShortOfTheirLength) {
  Start();
  int broken = 0;
  for (const char* path :
       {"/failing/1000000/65536", "/failing/1000000/999999", "/short/1000000/500000"}) {
    RawConnection client = Connect();
    client.Send(Get(path) + Get("/ping"));
    std::string answer = client.ReadAll();
    EXPECT_FALSE(client.timed_out());
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_EQ(HeaderOf(answer, "Content-Length"), "1000000");
    EXPECT_LT(BodyOf(answer).size(), 1'000'000u) << "nothing follows, not even the next answer";
    AwaitMetric("sluice_http_answers_broken_total", ++broken);
  }
  AwaitMetric("sluice_http_connections", 0);
}

TEST_F(AnswersTest, WaitForRoomAndGetIt) {
  AllowSources(2);
  Start();
  RawConnection first(server_->port(), 4096);
  RawConnection second(server_->port(), 4096);
  first.Send(GetLast(kLongPath));
  second.Send(GetLast(kLongPath));
  AwaitMetric("sluice_http_answer_bytes", 2 * kSourcePieceBytes);
  RawConnection third = Connect();
  third.Send(Get("/source/100000"));
  AwaitMetric("sluice_http_answers_waiting", 1);
  EXPECT_EQ(BodyOf(first.ReadAll()).size(), kLong);
  EXPECT_EQ(BodyOf(third.ReadAnswer()).size(), 100'000u);
  EXPECT_EQ(BodyOf(second.ReadAll()).size(), kLong);
  EXPECT_EQ(Metric("sluice_http_answer_refusals_total"), 0);
  AwaitMetric("sluice_http_answers_waiting", 0);
}

TEST_F(AnswersTest, WithoutRoomInTimeAreRefusedAndSmallOnesAreNot) {
  AllowSources(1);
  options_.limits.answer_wait_ms = 200;
  options_.limits.answers_waiting = 2;
  Start();
  RawConnection reader(server_->port(), 4096);
  reader.Send(GetLast(kLongPath));
  AwaitMetric("sluice_http_answer_bytes", kSourcePieceBytes);
  std::vector<RawConnection> refused;
  for (int i = 0; i < 5; ++i) refused.push_back(Connect());
  for (RawConnection& client : refused) client.Send(Get("/source/100000") + Get("/ping"));
  for (RawConnection& client : refused) {
    std::string answer = client.ReadAnswer();
    EXPECT_EQ(StatusOf(answer), 503);
    EXPECT_EQ(HeaderOf(answer, "Retry-After"), "1");
    EXPECT_EQ(BodyOf(client.ReadAnswer()), "pong");
    EXPECT_EQ(BodyOf(client.Ask(Get("/large/200000"))).size(), 200'000u);
  }
  EXPECT_EQ(Metric("sluice_http_answer_refusals_total"), 5);
  EXPECT_EQ(BodyOf(reader.ReadAll()).size(), kLong);
}

TEST_F(AnswersTest, OfAClientThatHangsUpWhileItWaitsAreForgotten) {
  AllowSources(1);
  options_.limits.answers_waiting = 1;
  Start();
  RawConnection reader(server_->port(), 4096);
  reader.Send(GetLast(kLongPath));
  AwaitMetric("sluice_http_answer_bytes", kSourcePieceBytes);
  {
    RawConnection leaving = Connect();
    leaving.Send(Get("/source/100000"));
    AwaitMetric("sluice_http_answers_waiting", 1);
  }
  AwaitMetric("sluice_http_connections", 1);
  EXPECT_EQ(BodyOf(reader.ReadAll()).size(), kLong);
  AwaitMetric("sluice_http_answers_waiting", 0);
  EXPECT_EQ(BodyOf(Connect().Ask(Get("/source/100000"))).size(), 100'000u);
}

TEST_F(AnswersTest, OfASourceThatDoesNotAnswerHoldUpNobodyElse) {
  std::promise<void> go_on;
  std::shared_future<void> gone_on(go_on.get_future());
  Serve("/stuck/{bytes}", RunOn::kPool,
        [gone_on](PatternSource* source, const Request&) { source->BlockUntil(gone_on); });
  Start();
  std::vector<RawConnection> stuck;
  for (int i = 0; i < 20; ++i) {
    stuck.push_back(Connect());
    stuck.back().Send(Get("/stuck/100000"));
  }
  AwaitMetric("sluice_http_answer_bytes", 20 * kSourcePieceBytes);
  RawConnection client = Connect();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(BodyOf(client.Ask(Get("/ping"))), "pong");
    EXPECT_EQ(BodyOf(client.Ask(Post("/pool/echo", "b"))), "b");
  }
  go_on.set_value();
  for (RawConnection& one : stuck) EXPECT_EQ(BodyOf(one.ReadAnswer()).size(), 100'000u);
}

TEST_F(AnswersTest, ThatNobodyTakesEndAfterTheWriteTimeout) {
  options_.limits.write_timeout_ms = 300;
  Start();
  RawConnection client(server_->port(), 4096);
  client.Send(Get(kLongPath));
  AwaitMetric("sluice_http_answers_untaken_total", 1);
  EXPECT_LT(BodyOf(client.ReadAll()).size(), kLong);
  AwaitMetric("sluice_http_answer_bytes", 0);
}

TEST_F(AnswersTest, UnderWayWhenTheServerStopsAreFinishedInTheGrace) {
  Start();
  RawConnection client(server_->port(), 4096);
  client.Send(Get(kLongPath));
  AwaitMetric("sluice_http_answer_bytes", kSourcePieceBytes);
  std::thread stopper([&] { server_->Stop(RawConnection::kPatienceMs); });
  EXPECT_TRUE(BodyOf(client.ReadAll()) == PatternSource::Expected(kLong));
  client.EndWrites();
  stopper.join();
}

TEST_F(AnswersTest, UnderWayWhenTheServerMustStopAreCut) {
  AllowSources(3);
  Start();
  std::vector<RawConnection> clients;
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back(server_->port(), 4096).Send(Get(kLongPath));
  }
  AwaitMetric("sluice_http_answers_waiting", 3);
  server_->Stop(0);
  for (RawConnection& client : clients) EXPECT_LT(BodyOf(client.ReadAll()).size(), kLong);
}

class LongBodies : public AnswersTest {
 protected:
  LongBodies() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-spool-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    options_.spool = std::make_shared<Spool>(folder_, std::uint64_t{1} << 30);
    router_->Add("POST", "/large/{bytes}", RunOn::kPool,
                 [](const Request& request, const Responder& responder) {
                   Response response;
                   response.body.assign(std::stoul(request.PathParameter("bytes")), 'p');
                   responder.Send(std::move(response));
                 });
  }
  ~LongBodies() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(LongBodies, WaitForTheirClientInAFileWithoutAName) {
  Start();
  std::vector<RawConnection> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(server_->port(), 4096).Send(GetLast("/large/20000000"));
  }
  AwaitMetric("sluice_http_answer_bytes", 8 * kSourcePieceBytes);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  for (RawConnection& client : clients) {
    EXPECT_TRUE(BodyOf(client.ReadAll()) == std::string(20'000'000, 'x'));
  }
}

TEST_F(LongBodies, StayInMemoryWithinTheLimitWhenThereIsNoDisk) {
  std::filesystem::remove_all(folder_);
  options_.limits.answers_bytes = 30'000'000;
  Start();
  RawConnection reader(server_->port(), 4096);
  reader.Send(GetLast("/large/20000000"));
  AwaitMetric("sluice_http_answer_bytes", 20'000'000);
  RawConnection client = Connect();
  std::string answer = client.Ask(Get("/large/20000000"));
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_EQ(HeaderOf(answer, "Retry-After"), "1");
  EXPECT_EQ(StatusOf(client.Ask(Get("/large/9000000"))), 200);
  // Whoever changed something learns of it.
  EXPECT_EQ(BodyOf(client.Ask(Post("/large/20000000", ""))).size(), 20'000'000u);
  EXPECT_EQ(BodyOf(reader.ReadAll()).size(), 20'000'000u);
  AwaitMetric("sluice_http_answer_bytes", 0);
}

TEST_F(AnswersTest, ThatAreSmallAndUntakenCostTheLongestUntakenItsConnection) {
  options_.limits.untaken_bytes = 1'000'000;
  options_.io_threads = 1;
  Start();
  // Each fills its socket with answers of 200 kB until one of them stays.
  std::vector<RawConnection> clients;
  for (int i = 0; i < 8; ++i) {
    RawConnection& client = clients.emplace_back(server_->port(), 4096);
    std::string requests;
    for (int k = 0; k < 100; ++k) requests += Get("/large/200000");
    client.Send(requests);
    if (i < 4) {
      for (int wait = 0; Metric("sluice_http_untaken_bytes") < (i + 1) * 200'000; ++wait) {
        ASSERT_LT(wait, 50'000'000);
        std::this_thread::yield();
      }
    }
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (Metric("sluice_http_answers_untaken_total") < 3 &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_GE(Metric("sluice_http_answers_untaken_total"), 3);
  EXPECT_LE(Metric("sluice_http_untaken_bytes"), 1'300'000);
  EXPECT_EQ(BodyOf(Connect().Ask(Get("/ping"))), "pong");
  EXPECT_LT(clients.front().ReadAll().size(), 20'000'000u) << "it was the first to stall";
}

}  // namespace
}  // namespace sluice::http
