#include "http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class RouterFinds : public testing::Test {
 protected:
  RouterFinds() {
    for (auto [method, pattern] : std::initializer_list<std::pair<const char*, const char*>>{
             {"POST", "/v1.0/{project_id}/jobs/submit-job"},
             {"GET", "/v1.0/{project_id}/jobs/{job_id}"},
             {"DELETE", "/v1.0/{project_id}/jobs/{id}"},
             {"GET", "/v1.0/{project_id}/jobs/{job_id}/status"},
             {"GET", "/v1.0/{project_id}/jobs/submit-job/x"},
             {"GET", "/healthz"}}) {
      router_.Add(method, pattern, RunOn::kIoThread, [](const Request&, const Responder&) {});
    }
  }
  std::string Pattern(const Router::Match& match) {
    std::string pattern;
    if (match.route != nullptr) {
      for (const std::string& segment : match.route->segments) pattern += "/" + segment;
    }
    return pattern;
  }
  Router router_;
};

TEST_F(RouterFinds, ParametersDecodedAndInOrder) {
  Router::Match match = router_.Find("GET", "/v1.0/p%2F1/jobs/a%20b/status");
  EXPECT_EQ(Pattern(match), "/v1.0/{project_id}/jobs/{job_id}/status");
  EXPECT_THAT(match.path_parameters, ElementsAre(Pair("project_id", "p/1"), Pair("job_id", "a b")));
}

TEST_F(RouterFinds, LiteralsBeforeNames) {
  EXPECT_EQ(Pattern(router_.Find("POST", "/v1.0/p/jobs/submit-job")),
            "/v1.0/{project_id}/jobs/submit-job");
  EXPECT_EQ(Pattern(router_.Find("GET", "/v1.0/p/jobs/j")), "/v1.0/{project_id}/jobs/{job_id}");
}

TEST_F(RouterFinds, TheNameBesideALiteralThatLeadsNowhere) {
  Router::Match match = router_.Find("GET", "/v1.0/p/jobs/submit-job/status");
  EXPECT_EQ(Pattern(match), "/v1.0/{project_id}/jobs/{job_id}/status");
}

TEST_F(RouterFinds, NamesOfTheRouteThatMatched) {
  EXPECT_THAT(router_.Find("DELETE", "/v1.0/p/jobs/j").path_parameters,
              ElementsAre(Pair("project_id", "p"), Pair("id", "j")));
}

TEST_F(RouterFinds, HeadWhereGetIs) {
  EXPECT_NE(router_.Find("HEAD", "/healthz").route, nullptr);
  EXPECT_EQ(router_.Find("HEAD", "/v1.0/p/jobs/submit-job").route, nullptr);
}

TEST_F(RouterFinds, MethodsOfAKnownPath) {
  EXPECT_THAT(router_.Find("PUT", "/v1.0/p/jobs/j").allowed,
              ElementsAre("DELETE", "GET", "HEAD", "OPTIONS"));
  EXPECT_THAT(router_.Find("GET", "/healthz").allowed, IsEmpty());
}

TEST_F(RouterFinds, NothingForUnknownPaths) {
  for (const char* path :
       {"", "/", "//", "healthz", "/healthz/", "//healthz", "/v1.0", "/v1.0/p/jobs", "*",
        "/v1.0//jobs/j", "/v1.0/p/jobs/%", "/v1.0/p/jobs/%4", "/v1.0/p/jobs/%gg", "/HEALTHZ"}) {
    Router::Match match = router_.Find("GET", path);
    EXPECT_EQ(match.route, nullptr) << path;
    EXPECT_THAT(match.allowed, IsEmpty()) << path;
  }
}

TEST(ParseQuery, SplitsDecodesAndKeepsOrder) {
  EXPECT_THAT(ParseQuery("b=2&a=%20x+y&a=&c&&tags=k=v"),
              ElementsAre(Pair("b", "2"), Pair("a", " x y"), Pair("a", ""), Pair("c", ""),
                          Pair("tags", "k=v")));
  EXPECT_THAT(ParseQuery(""), IsEmpty());
  EXPECT_THAT(ParseQuery("a+b=1%2B1"), ElementsAre(Pair("a b", "1+1")));
  EXPECT_THAT(ParseQuery("a=%zz"), ElementsAre(Pair("a", "%zz")));
}

TEST(PercentEncode, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("aZ0-._~ */é"), "aZ0-._~%20%2A%2F%C3%A9");
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  std::string decoded;
  EXPECT_TRUE(PercentDecode(PercentEncode(every), &decoded));
  EXPECT_EQ(decoded, every);
}

}  // namespace
}  // namespace sluice::http
