#include "unit/modules/waf/plan/judged.h"

#include <gtest/gtest.h>

namespace ravelin::waf::plan {

std::vector<OwnRequest> various_requests() {
  std::vector<OwnRequest> all;
  for (const char* uri : {"/",
                          "/?a=1",
                          "/?a=1&b=evil",
                          "/?b=evil",
                          "/?B=evil",
                          "/?a=2&b=ez",
                          "/?a=1&b=e",
                          "/?b=e",
                          "/?b=ez",
                          "/?a=1&b=1",
                          "/?a=",
                          "/?a",
                          "/?a=EVIL",
                          "/?a=%20Evil%00",
                          "/?a=6576696c",
                          "/?a=example.com",
                          "/?a=1&a=2&a=3",
                          "/?b=2&a=2",
                          "/?c=ex",
                          "/evil",
                          "/ex?d=x",
                          "/?a=1%27%20or%201=1--",
                          "/?a=%3Cscript%3E",
                          "/?evil=1",
                          "/?a=1&b=evil&c=1",
                          "/?a=abcd",
                          "/?a=e&b=el",
                          "/?b=el&a=l",
                          "/?name=x",
                          "/?a=evil",
                          "/?a=foo",
                          "/?a=fooA",
                          "/?a=012345678y&b=012345678x",
                          "/?a=012345678x&b=012345678y",
                          "/?c=evil",
                          "/?a=1&b=12&c=1&d=1",
                          "/?a=1&a=1&b=1",
                          "/?=evil",
                          "/?a=%3Ca+href%3D%26%23&b=1JAVA",
                          "/?a=%3Ca+href%3D%26%23x&b=AJAVA",
                          "/?a=5&b=e"})
    all.push_back(get(uri));
  all.push_back(get("/"));
  all.back().fields[1].second = "Other";
  for (const char* body : {"a=1", "c=evil", "a=1&b=evil", "x"}) {
    all.push_back(post_of("application/x-www-form-urlencoded", body));
    all.back().uri = "/?a=1";
    all.push_back(post_of("application/x-www-form-urlencoded", body));
  }
  for (const char* body :
       {"<x a='evil'>1</x>", "<x a='1'><b>ev</b>il<c b='2'/></x>", "<x>evil</y>", "<x a='evil", "evil", "",
        "<!DOCTYPE x><x>evil</x>", "<?xml version='1.0'?><x xmlns:p='evil' p:b='e'>l&lt;</x>"})
    all.push_back(post_of("text/xml", body));
  for (const char* body : {"[\"evil\",", "{\"a\":\"evil\"}x", "{\"b\":1,\"a\"", "nul", "[1,[\"evil\"", "01"})
    all.push_back(post_of("application/json", body));
  all.push_back(post_of("multipart/form-data; boundary=x",
                        "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nevil\r\n--x--\r\n"));
  all.push_back(
      post_of("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a\n\n1\r\n--y\r\n--x--"));
  return all;
}

bool expect_same(const Score& score, const Judged::Said& said, const std::string& where) {
  if (!score.is_known) return false;
  std::set<int> rules;
  for (const Hit& hit : score.hits) rules.insert(static_cast<int>(hit.rule->id));
  EXPECT_EQ(rules, said.rules) << where;
  EXPECT_EQ(score.refusal, said.refusal) << where;
  EXPECT_EQ(score.anomaly, said.anomaly) << where;
  return true;
}

}  // namespace ravelin::waf::plan
