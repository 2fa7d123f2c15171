#include "modules/waf/plan/collect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/modules/waf/plan/allocation_count.h"
#include "unit/modules/waf/plan/collect_corpus.h"
#include "unit/modules/waf/plan/collect_reference.h"

namespace ravelin::waf::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Outcome = CollectReference::Outcome;

std::vector<std::string> texts(const Values& values, Variable variable) {
  std::vector<std::string> result;
  for (const Item& item : values.of(variable)) result.push_back(std::string(item.name) + "=" + std::string(item.value));
  return result;
}

// Values hold views of it.
void collect(Values&, OwnRequest&&) = delete;
void collect(Values& values, const OwnRequest& own) {
  const View view(own);
  values.collect_head(view.request());
  values.collect_body(view.request());
}

void expect_all(const std::vector<OwnRequest>& requests, Outcome outcome) {
  CollectReference reference;
  Values values;
  for (const OwnRequest& request : requests) {
    ASSERT_EQ(reference.compare(request, values), outcome)
        << reference.differences() << printed(request) << "doubt: " << values.doubt();
  }
}

TEST(Collect, ordinary_requests_have_the_librarys_values_and_are_never_in_doubt) {
  expect_all(ordinary_requests(), Outcome::same);
}

TEST(Collect, odd_requests_have_the_librarys_values) { expect_all(odd_requests(), Outcome::same); }

TEST(Collect, what_may_be_read_in_two_ways_is_in_doubt) { expect_all(doubtful_requests(), Outcome::doubt); }

TEST(Collect, every_variable_of_the_request_is_compared_with_the_library) {
  Values values;
  const OwnRequest own;
  collect(values, own);
  for (std::size_t i = 0; i < variable_count; ++i) {
    const auto variable = static_cast<Variable>(i);
    if (!is_compared(variable)) {
      EXPECT_THAT(values.of(variable), IsEmpty()) << i;
    }
  }
}

TEST(Collect, arguments_of_the_query_come_before_those_of_the_body_and_are_told_apart) {
  Values values;
  OwnRequest own = post_of("application/x-www-form-urlencoded", "c=%33&b");
  own.uri = "/p?a=1&b=2+3";
  collect(values, own);
  EXPECT_THAT(texts(values, Variable::args), ElementsAre("a=1", "b=2 3", "c=3", "b="));
  EXPECT_THAT(texts(values, Variable::args_get), ElementsAre("a=1", "b=2 3"));
  EXPECT_THAT(texts(values, Variable::args_post_names), ElementsAre("c=c", "b=b"));
  EXPECT_THAT(texts(values, Variable::args_combined_size), ElementsAre("=9.000000"));
}

TEST(Collect, json_values_are_named_by_their_path_and_belong_to_no_method) {
  Values values;
  const OwnRequest own = post_of("application/json", R"({"a":{"b":[7,[null]],"":true},"c\n":"d\u0065"})");
  collect(values, own);
  EXPECT_THAT(texts(values, Variable::args),
              ElementsAre("json.a.b.array_0=7", "json.a.b.array_1.array_0=", "json.a.empty-key=true", "json.c\n=de"));
  EXPECT_THAT(texts(values, Variable::args_post), IsEmpty());
}

TEST(Collect, a_value_that_needs_no_decoding_is_a_view_of_the_request) {
  Values values;
  const OwnRequest own = post_of("application/json", R"({"a":"plain","b":12})");
  const View view(own);
  values.collect_head(view.request());
  values.collect_body(view.request());
  ASSERT_EQ(values.of(Variable::args).size(), 2U);
  for (const Item& item : values.of(Variable::args)) {
    EXPECT_GE(item.value.data(), own.body.data());
    EXPECT_LT(item.value.data(), own.body.data() + own.body.size());
  }
}

// The first finds out how much memory it takes, the second takes it in one piece.
TEST(Collect, a_third_request_of_a_kind_allocates_nothing) {
  Values values;
  for (const OwnRequest& own : ordinary_requests()) {
    const View view(own);
    std::size_t before = 0;
    for (int i = 0; i < 3; ++i) {
      before = allocations();
      values.collect_head(view.request());
      values.collect_body(view.request());
    }
    EXPECT_EQ(allocations(), before) << printed(own);
  }
}

TEST(Collect, a_part_that_is_a_file_is_no_argument) {
  Values values;
  const OwnRequest own =
      post_of("multipart/form-data; boundary=e",
              "--e\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nx\r\ny\r\n--e--\r\n");
  collect(values, own);
  EXPECT_THAT(texts(values, Variable::args), IsEmpty());
  EXPECT_THAT(texts(values, Variable::files), ElementsAre("f=a.txt"));
  EXPECT_THAT(texts(values, Variable::files_sizes), ElementsAre("f=4"));
  EXPECT_THAT(texts(values, Variable::multipart_part_headers),
              ElementsAre("f=Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n"));
}

TEST(Collect, json_deeper_than_the_policy_allows_is_an_error_behind_what_comes_before) {
  Values values(2);
  const OwnRequest two = post_of("application/json", "[[1]]");
  collect(values, two);
  EXPECT_THAT(values.doubt(), IsEmpty());
  EXPECT_THAT(texts(values, Variable::reqbody_error), ElementsAre("=0"));
  const OwnRequest three = post_of("application/json", "[7,[[1]]]");
  collect(values, three);
  EXPECT_THAT(values.doubt(), IsEmpty());
  EXPECT_THAT(texts(values, Variable::reqbody_error), ElementsAre("=1"));
  EXPECT_THAT(texts(values, Variable::args), ElementsAre("json.array_0=7"));
}

TEST(Collect, xml_is_the_text_of_its_elements_and_each_attribute) {
  Values values;
  const OwnRequest own = post_of("text/xml", "<a x='1&amp;2'>b<c y=\"3\"/><![CDATA[<d>]]>&#101;</a>");
  collect(values, own);
  EXPECT_THAT(texts(values, Variable::xml), ElementsAre("/*=b<d>e", "//@*=1&2", "//@*=3"));
  const OwnRequest malformed = post_of("text/xml", "<a>b</c>");
  collect(values, malformed);
  EXPECT_THAT(texts(values, Variable::xml), ElementsAre("/*=b"));
  EXPECT_THAT(texts(values, Variable::reqbody_error), ElementsAre("=1"));
}

TEST(Collect, json_whose_names_would_fill_the_memory_is_in_doubt) {
  std::string body = "{\"" + std::string(20000, 'k') + "\":[0";
  for (int i = 0; i < 100; ++i) body += ",0";
  Values values;
  const OwnRequest own = post_of("application/json", body + "]}");
  collect(values, own);
  EXPECT_FALSE(values.doubt().empty());
}

}  // namespace
}  // namespace ravelin::waf::plan
