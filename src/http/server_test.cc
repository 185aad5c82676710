#include "http/server.h"

#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/random.h"
#include "http/transport_fixture.h"

namespace sluice::http {
namespace {

using ServerAnswers = TransportTest;

TEST_F(ServerAnswers, ARequestAndKeepsTheConnection) {
  Start();
  RawConnection client = Connect();
  for (int i = 0; i < 3; ++i) {
    std::string answer = client.Ask(Get("/ping"));
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_EQ(BodyOf(answer), "pong");
    EXPECT_EQ(HeaderOf(answer, "Content-Length"), "4");
    EXPECT_EQ(HeaderOf(answer, "Content-Type"), "application/json;charset=utf-8");
    EXPECT_EQ(HeaderOf(answer, "Connection"), "");
  }
  EXPECT_EQ(Metric("sluice_http_requests_total", ",code=\"2xx\""), 3);
}

TEST_F(ServerAnswers, WithARequestIdOfItsOwnEachTime) {
  Start();
  RawConnection client = Connect();
  std::set<std::string> ids;
  for (int i = 0; i < 200; ++i) ids.insert(HeaderOf(client.Ask(Get("/ping")), "X-Request-Id"));
  ids.insert(HeaderOf(client.Ask(Get("/nowhere")), "X-Request-Id"));
  ids.insert(HeaderOf(client.Ask("BAD\n"), "X-Request-Id"));
  EXPECT_EQ(ids.size(), 202u);
  for (const std::string& id : ids) EXPECT_TRUE(IsUuid(id)) << id;
}

TEST_F(ServerAnswers, TheIdThatHandlerAndErrorBodySee) {
  router_->Add("GET", "/id", RunOn::kIoThread, [](const Request& request, Responder responder) {
    Response response;
    response.body = request.request_id + " " + request.remote_address;
    responder.Send(std::move(response));
  });
  Start();
  RawConnection client = Connect();
  std::string answer = client.Ask(Get("/id"));
  EXPECT_EQ(BodyOf(answer), HeaderOf(answer, "X-Request-Id") + " 127.0.0.1");
  answer = client.Ask(Get("/nowhere"));
  EXPECT_NE(BodyOf(answer).find(HeaderOf(answer, "X-Request-Id")), std::string::npos);
}

TEST_F(ServerAnswers, PipelinedRequestsInTheirOrder) {
  Start();
  RawConnection client = Connect();
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    requests += Post(i % 3 == 0 ? "/pool/echo" : "/echo", "body " + std::to_string(i));
  }
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(BodyOf(client.ReadAnswer()), "body " + std::to_string(i));
}

TEST_F(ServerAnswers, ARequestThatArrivesByteByByte) {
  Start();
  RawConnection client = Connect();
  std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: t\r\n\r\n";
  for (const std::string& request : {Get("/ping"), Post("/echo", "hello world"), chunked}) {
    for (char byte : request) ASSERT_TRUE(client.Send(std::string_view(&byte, 1)));
    EXPECT_EQ(StatusOf(client.ReadAnswer()), 200);
  }
}

TEST_F(ServerAnswers, AChunkedBodyWhole) {
  Start();
  RawConnection client = Connect();
  std::string answer = client.Ask(
      "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
  EXPECT_EQ(BodyOf(answer), "hello world");
  EXPECT_EQ(BodyOf(client.Ask(Get("/ping"))), "pong");
}

TEST_F(ServerAnswers, LargeBodiesBothWays) {
  Start();
  RawConnection client = Connect();
  EXPECT_EQ(BodyOf(client.Ask(Get("/large/5000000"))).size(), 5'000'000u);
  std::string body(3'000'000, 'b');
  EXPECT_EQ(BodyOf(client.Ask(Post("/pool/echo", body))), body);
  EXPECT_EQ(BodyOf(client.Ask(Get("/ping"))), "pong");
}

TEST_F(ServerAnswers, HeadAsGetWithoutItsBody) {
  Start();
  RawConnection client = Connect();
  client.Send("HEAD /ping HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  std::string answer = client.ReadAll();
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_EQ(HeaderOf(answer, "Content-Length"), "4");
  EXPECT_EQ(BodyOf(answer), "");
}

TEST_F(ServerAnswers, OptionsWithTheMethodsOfThePath) {
  Start();
  RawConnection client = Connect();
  std::string answer = client.Ask("OPTIONS /ping HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(StatusOf(answer), 204);
  EXPECT_EQ(HeaderOf(answer, "Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  EXPECT_EQ(StatusOf(client.Ask("OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n")), 204);
  EXPECT_EQ(StatusOf(client.Ask("OPTIONS /nowhere HTTP/1.1\r\nHost: test\r\n\r\n")), 404);
}

TEST_F(ServerAnswers, UnknownPathsAndMethods) {
  Start();
  RawConnection client = Connect();
  for (const char* path : {"/", "/nowhere", "/ping/", "//ping", "/large/%zz"}) {
    EXPECT_EQ(StatusOf(client.Ask(Get(path))), 404) << path;
  }
  std::string answer = client.Ask(Post("/ping", "{}"));
  EXPECT_EQ(StatusOf(answer), 405);
  EXPECT_EQ(HeaderOf(answer, "Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(StatusOf(client.Ask(Get("/ping"))), 200);
}

TEST_F(ServerAnswers, Http10AndClosesUnlessAskedToKeep) {
  Start();
  RawConnection closing = Connect();
  std::string answer = closing.Ask("GET /ping HTTP/1.0\r\n\r\n");
  EXPECT_EQ(BodyOf(answer), "pong");
  EXPECT_EQ(HeaderOf(answer, "Connection"), "close");
  EXPECT_TRUE(closing.IsClosed());
  RawConnection kept = Connect();
  for (int i = 0; i < 2; ++i) {
    answer = kept.Ask("GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(HeaderOf(answer, "Connection"), "keep-alive");
  }
}

TEST_F(ServerAnswers, AndClosesWhenTheClientSaysSo) {
  Start();
  RawConnection client = Connect();
  std::string answer = client.Ask("GET /ping HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(BodyOf(answer), "pong");
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(ServerAnswers, AClientThatHasEndedItsSide) {
  Start();
  RawConnection client = Connect();
  client.Send(Post("/pool/echo", "last words"));
  client.EndWrites();
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "last words");
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(ServerAnswers, ContinueBeforeABodyThatWaitsForIt) {
  Start();
  RawConnection client = Connect();
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(BodyOf(client.Ask("hello")), "hello");
}

TEST_F(ServerAnswers, AbsoluteTargets) {
  Start();
  RawConnection client = Connect();
  EXPECT_EQ(BodyOf(client.Ask("GET http://test/ping?x=1 HTTP/1.1\r\nHost: test\r\n\r\n")), "pong");
}

TEST_F(ServerAnswers, AHandlerThatAnswersLaterWithoutAThread) {
  std::promise<Responder> waiting;
  router_->Add("GET", "/later", RunOn::kIoThread,
               [&](const Request&, Responder responder) { waiting.set_value(responder); });
  Start();
  RawConnection client = Connect();
  client.Send(Get("/ping") + Get("/later") + Get("/ping"));
  // The answer before the waiting one does not wait with it.
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "pong");
  Response response;
  response.body = "now";
  waiting.get_future().get().Send(response);
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "now");
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "pong");
}

TEST_F(ServerAnswers, NobodyWhoHungUpAndFreesItsPlace) {
  std::vector<Responder> waiting;
  std::promise<void> is_waiting;
  router_->Add("GET", "/later", RunOn::kIoThread, [&](const Request&, Responder responder) {
    waiting.push_back(std::move(responder));
    is_waiting.set_value();
  });
  Start();
  {
    RawConnection client = Connect();
    client.Send(Get("/later") + Get("/ping"));
    is_waiting.get_future().wait();
    EXPECT_EQ(Metric("sluice_http_connections"), 1);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (Metric("sluice_http_connections") > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(Metric("sluice_http_connections"), 0);
  waiting.front().Send(Response());
  EXPECT_EQ(BodyOf(Connect().Ask(Get("/ping"))), "pong");
}

TEST_F(ServerAnswers, FromTheHandlerOfAnotherConnection) {
  std::mutex mutex;
  std::vector<Responder> waiting;
  std::promise<void> both_wait;
  router_->Add("GET", "/later", RunOn::kIoThread, [&](const Request&, Responder responder) {
    std::lock_guard lock(mutex);
    waiting.push_back(responder);
    if (waiting.size() == 2) both_wait.set_value();
  });
  router_->Add("GET", "/wake", RunOn::kIoThread, [&](const Request&, Responder responder) {
    std::lock_guard lock(mutex);
    for (const Responder& other : waiting) other.Send(Response());
    responder.Send(Response());
  });
  Start();
  RawConnection first = Connect();
  RawConnection second = Connect();
  RawConnection third = Connect();
  first.Send(Get("/later") + Get("/ping"));
  second.Send(Get("/later") + Get("/ping"));
  both_wait.get_future().get();
  EXPECT_EQ(StatusOf(third.Ask(Get("/wake"))), 200);
  for (RawConnection* client : {&first, &second}) {
    EXPECT_EQ(StatusOf(client->ReadAnswer()), 200);
    EXPECT_EQ(BodyOf(client->ReadAnswer()), "pong");
  }
}

TEST_F(ServerAnswers, FiveHundredWhenAHandlerForgets) {
  router_->Add("GET", "/forgets", RunOn::kIoThread, [](const Request&, const Responder&) {});
  router_->Add("GET", "/pool/forgets", RunOn::kPool, [](const Request&, const Responder&) {});
  Start();
  RawConnection client = Connect();
  for (const char* path : {"/forgets", "/pool/forgets"}) {
    std::string answer = client.Ask(Get(path));
    EXPECT_EQ(StatusOf(answer), 500);
    EXPECT_NE(BodyOf(answer).find(HeaderOf(answer, "X-Request-Id")), std::string::npos);
  }
  EXPECT_EQ(BodyOf(client.Ask(Get("/ping"))), "pong");
}

TEST_F(ServerAnswers, FiveHundredWhenAnExceptionEscapes) {
  router_->Add("GET", "/throws", RunOn::kIoThread,
               [](const Request&, const Responder&) { throw std::runtime_error("secret"); });
  router_->Add("GET", "/pool/throws", RunOn::kPool,
               [](const Request&, const Responder&) { throw 1; });
  Start();
  RawConnection client = Connect();
  for (const char* path : {"/throws", "/pool/throws"}) {
    std::string answer = client.Ask(Get(path));
    EXPECT_EQ(StatusOf(answer), 500);
    EXPECT_EQ(answer.find("secret"), std::string::npos);
  }
  EXPECT_EQ(Metric("sluice_http_escaped_exceptions_total"), 2);
}

TEST_F(ServerAnswers, HeadersOfAHandlerButNoLineBreaksInThem) {
  router_->Add("GET", "/headers", RunOn::kIoThread, [](const Request&, Responder responder) {
    Response response;
    response.headers = {{"X-Subject-Token", "t\r\nSet-Cookie: evil"}, {"X-Request-Id", "mine"}};
    responder.Send(std::move(response));
  });
  Start();
  RawConnection client = Connect();
  std::string answer = client.Ask(Get("/headers"));
  EXPECT_EQ(HeaderOf(answer, "X-Subject-Token"), "t  Set-Cookie: evil");
  EXPECT_EQ(HeaderOf(answer, "Set-Cookie"), "");
  EXPECT_TRUE(IsUuid(HeaderOf(answer, "X-Request-Id")));
}

TEST_F(ServerAnswers, AfterTheClientAndTheServerHaveGone) {
  std::promise<Responder> waiting;
  router_->Add("GET", "/later", RunOn::kIoThread,
               [&](const Request&, Responder responder) { waiting.set_value(responder); });
  Start();
  std::optional<RawConnection> client(server_->port());
  client->Send(Get("/later"));
  Responder responder = waiting.get_future().get();
  client.reset();
  server_->Stop(0);
  server_.reset();
  responder.Send(Response());
}

TEST_F(ServerAnswers, BusyWhenTooManyRequestsWaitForThePool) {
  options_.pool_threads = 1;
  options_.limits.pool_queue = 1;
  std::promise<void> entered;
  std::promise<void> release;
  std::shared_future<void> released(release.get_future());
  router_->Add("GET", "/blocks", RunOn::kPool, [&](const Request&, Responder responder) {
    entered.set_value();
    released.wait();
    responder.Send(Response());
  });
  Start();
  RawConnection blocker = Connect();
  blocker.Send(Get("/blocks"));
  entered.get_future().wait();
  // The thread is taken; of these two one waits and one is refused at once.
  RawConnection first = Connect();
  RawConnection second = Connect();
  first.Send(Post("/pool/echo", "1"));
  second.Send(Post("/pool/echo", "2"));
  std::vector<pollfd> both = {{first.fd(), POLLIN, 0}, {second.fd(), POLLIN, 0}};
  ASSERT_EQ(::poll(both.data(), both.size(), RawConnection::kPatienceMs), 1);
  RawConnection& refused = both[0].revents != 0 ? first : second;
  RawConnection& waiting = both[0].revents != 0 ? second : first;
  std::string answer = refused.ReadAnswer();
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_EQ(HeaderOf(answer, "Retry-After"), "1");
  release.set_value();
  EXPECT_EQ(StatusOf(blocker.ReadAnswer()), 200);
  EXPECT_EQ(StatusOf(waiting.ReadAnswer()), 200);
  EXPECT_EQ(StatusOf(refused.Ask(Get("/ping"))), 200);
}

TEST_F(ServerAnswers, ManyClientsAtOnce) {
  Start();
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      RawConnection client = Connect();
      for (int i = 0; i < 100; ++i) {
        std::string body = std::to_string(t) + ":" + std::to_string(i);
        right += BodyOf(client.Ask(Post(i % 2 == 0 ? "/echo" : "/pool/echo", body))) == body;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 800);
}

using ServerStops = TransportTest;

TEST_F(ServerStops, AfterTheRequestsUnderWay) {
  std::promise<Responder> waiting;
  router_->Add("GET", "/later", RunOn::kIoThread,
               [&](const Request&, Responder responder) { waiting.set_value(responder); });
  Start();
  RawConnection idle = Connect();
  EXPECT_EQ(BodyOf(idle.Ask(Get("/ping"))), "pong");
  RawConnection client = Connect();
  client.Send(Get("/later"));
  Responder responder = waiting.get_future().get();
  std::thread stopper([&] { server_->Stop(RawConnection::kPatienceMs); });
  EXPECT_TRUE(idle.IsClosed());
  responder.Send(Response());
  EXPECT_EQ(StatusOf(client.ReadAnswer()), 200);
  EXPECT_TRUE(client.IsClosed());
  client.EndWrites();
  RawConnection refused = Connect();
  EXPECT_FALSE(refused.connected() && !refused.IsClosed());
  idle.EndWrites();
  stopper.join();
}

TEST_F(ServerStops, WithoutThemWhenTheTimeIsOver) {
  std::promise<Responder> waiting;
  router_->Add("GET", "/later", RunOn::kIoThread,
               [&](const Request&, Responder responder) { waiting.set_value(responder); });
  Start();
  RawConnection client = Connect();
  client.Send(Get("/later"));
  Responder responder = waiting.get_future().get();
  server_->Stop(0);
  EXPECT_TRUE(client.IsClosed());
  server_->Stop(0);
}

TEST_F(ServerStops, BeforeItStartsWhenTheAddressIsTaken) {
  Start();
  Server::Options second = options_;
  second.port = server_->port();
  Result<std::unique_ptr<Server>> server = Server::Start(second);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(server.error().message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace sluice::http
