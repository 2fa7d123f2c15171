#include "modules/waf/ambiguous_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "modules/waf/body.h"
#include "support/waf_bench.h"

namespace ravelin::waf {
namespace {

using namespace std::string_literals;

struct Body {
  std::string type;
  std::string text;
};

constexpr const char* form_data = "multipart/form-data; boundary=x";

std::string hidden(const std::string& before, const std::string& after = "") {
  return "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n" + before + "--x" + after +
         "\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nevil\r\n--x--\r\n";
}

std::string headed(const std::string& head) { return "--x\r\n" + head + "\r\n\r\nevil\r\n--x--\r\n"; }

bool is_ambiguous(const Body& body) { return find_ambiguity(format_of(body.type), body.text, body.type).has_value(); }

// What each is to whom: Django and Werkzeug end a part at any boundary, PHP cuts a boundary at a comma, Werkzeug splits
// at CR, Django forgives a blank before a colon, PHP one before an equals sign, Spring and Rack take any multipart.
const std::vector<Body> ambiguous{
    {form_data, hidden("z")},
    {form_data, hidden("z\r")},
    {form_data, hidden("z\n")},
    {form_data, hidden("z\r\n", " ")},
    {form_data, hidden("z\r\n", "y")},
    {form_data, "a" + hidden("z\r\n")},
    {"multipart/form-data; boundary=x,y", hidden("z\r\n")},
    {"multipart/form-data; boundary=x=y", hidden("z\r\n")},
    {form_data, headed("X: y\rContent-Disposition: form-data; name=\"q\"")},
    {form_data, headed("X: y\nContent-Disposition: form-data; name=\"q\"")},
    {form_data, headed("Content-Disposition : form-data; name=\"q\"")},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"\r\nContent-Transfer-Encoding : base64")},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"\r\n folded")},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"\r\nX\0: y"s)},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"\r\nno colon")},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"; filename =\"a\"; filename*=utf-8'filename='b")},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"; filename= \"a\"")},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"; filename*=utf-8'filename='b")},
    {"multipart/related; boundary=x", headed("Content-Disposition: form-data; name=\"q\"")},
    {"Multipart/Mixed; boundary=x", headed("content-disposition: Form-Data; name=\"q\"")},
    {"", R"( {"q":"evil"})"},
    {"", R"(["evil"])"},
    {"", "\xef\xbb\xbf{\"q\": 1}\r\n"},
    {"multipart/related; boundary=x", R"([1, "evil"])"},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"; filename*=a'\\'b; filename=f")},
    {form_data, headed("Content-Disposition: form-data; name=\"q[]\\\\\"; filename=\"x\"")},
    {"multipart/form-data; boundary=\"\"", "--\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nevil\r\n----\r\n"},
    {form_data, headed("Content-Disposition: form-data; name=\"f\"; filename=\"a\"\r\nContent-Type: text/plain\r\n"
                       "Content-disposition: form-data; name=\"q\"")},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"; filename=\"a\"; filename*=UTF-8''")},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"; filename=\"\"; filename=\"a\"")},
    {form_data, headed("Content-Disposition: form-data; name=\"q\"; filename=\"a\"; FileName=\"\"")},
    {form_data,
     headed("Content-Disposition: form-data; name=\"q\"; filename=\"b\"; filename*=UTF-8'; filename=; x='c")},
    {form_data, headed("Content-Disposition: form-data; name=\"f\"; filename=\"" + std::string(1520, 'a') +
                       "\"\r\nContent-ID: q")},
    {"multipart/related; boundary=x", headed("Content-Disposition:\r\n form-data; name=\"q\"")},
    {"", R"({"q":"evil"} x)"},
    {"", R"(["evil"] x)"},
    {"", R"([1,{"q":"evil"}] x)"},
    {"", R"([[1]] x)"},
    {"", R"([null , {"q":"evil"}] x)"},
    {"", R"([-1.5e+3, "evil"] x)"},
    {"", "{\0\"\0q\0\"\0:\0\"\0e\0\"\0}\0"s},
    {"", "\0\0\0{\0\0\0\"\0\0\0q"s},
    {"", "\xff\xfe{\0\"\0q\0"s},
    {"",
     [] {
       std::string text;
       for (const char c : std::string(300, ' ') + R"({"q":"evil"})") text += {c, '\0'};
       return text;
     }()},
    {"", R"([-Infinity, {"q":"evil"}])"},
    {"multipart/related; boundary=x", headed(" Content-Disposition: form-data; name=\"q\"")},
    {"multipart/related; boundary=x", headed("\x0b"
                                             "Content-Disposition: form-data; name=\"q\"")},
    {"multipart/form-data; boundary=", headed("Content-Disposition: form-data; name=\"q\"")},
    {"multipart/form-data; boundary=\"x\"", hidden("z")},
    {"application/json",
     "{\"q\":\"1\xc0\xbb"
     "id\"}"},
    {"application/json",
     "{\"q\":\"1\xe0\x80\xbb"
     "id\"}"},
    {"application/json",
     "{\"q\":\"1\xf0\x80\x80\xbb"
     "id\"}"},
    {"application/json", R"({"q":"\ud800;wget"})"},
    {"application/json", R"({"q":"\ud800<script>"})"},
    {"application/json", R"({"q":"\ud83d\n"})"},
    {"application/json", R"({"q":"a\ud800\u003bwget"})"},
    {"application/json", R"({"q":"\\\uDBff\u0024{jndi:x}"})"},
};

const std::vector<Body> plain{
    {form_data, hidden("z\r\n")},
    {"multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
     "------WebKitFormBoundary7MA4YWxkTrZu0gW\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x = y; "
     "z.pem\"\r\n"
     "Content-Type: application/x-pem-file\r\n\r\n-----BEGIN CERTIFICATE-----\r\n--x\n--x\r\n\r\n"
     "------WebKitFormBoundary7MA4YWxkTrZu0gW\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--b\r\n"
     "------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n"},
    {form_data,
     headed("Content-Disposition: form-data; name=\"q\"; filename=\"b\\\" = c\"; filename*=UTF-8''caf%C3%A9.png")},
    {form_data, headed("content-disposition:form-data; name=q\r\nX-Y_z: any = thing\r\nContent-Length: 4")},
    {form_data, ""},
    {"multipart/related; boundary=x", headed("Content-ID: <a>\r\nContent-Type: text/xml")},
    {"", "evil"},
    {"", "a=1"},
    {"application/json", R"({"q":"\ud83d\ude00 and \ude00 \\ud800\\u003b \ud83d... \ud800"})"},
    {"multipart/related; boundary=x", headed("Content-Type: text/html") + "<form enctype='multipart/form-data'>"},
    {"", "[section]\r\na=1\r\n"},
    {"", "{\\rtf1 text}"},
    {"", "[file]\r\na=1\r\n"},
    {"", "[2026-11-22 10:00:00] started\r\n"},
    {"", "[12] note"},
    {"",
     "\0\0\0\x18"
     "ftypmp42"s},
    {"multipart/form-data; boundary=\"x\"", hidden("z\r\n")},
    {"multipart/form-data", headed("Content-Disposition: form-data; name=\"q\"")},
    {"multipart/related; boundary=x", headed("Content-Disposition: attachment;\r\n name=\"q\"") + " form-data"},
    {"application/json", "{\"q\":\"caf\xc3\xa9 \xe0\xa4\x85 \xe2\x82\xac \xf0\x9f\x98\x80\"}"},
    {form_data,
     headed("Content-Disposition: form-data; name=\"q\"; filename=\"a;filename=b\"; filename*=UTF-8'en'a%20b")},
    {"", "\"a\",\"b\"\r\n"},
    {"", "[link](https://example.com/)"},
    {"", "{"},
    {form_data, headed("Content-Disposition: form-data; name=\"a\\\\b\"; filename=\"C:\\x=1.txt\"")},
    {"application/json", R"("\)"},
    {"application/x-www-form-urlencoded", R"({"q":"\ud800\u003b"})"},
};

TEST(AmbiguousBody, is_one_that_an_origin_may_take_apart_otherwise) {
  for (const Body& body : ambiguous) EXPECT_TRUE(is_ambiguous(body)) << body.type << '\n' << body.text;
  for (const Body& body : plain) EXPECT_FALSE(is_ambiguous(body)) << body.type << '\n' << body.text;
}

TEST(AmbiguousBody, is_refused_behind_what_rules_say) {
  WafBench waf;
  ASSERT_TRUE(
      waf.load_rules("SecRule REQUEST_HEADERS:X-Bad \"@streq 1\" \"id:1,phase:1,deny,status:403\"\n"
                     "SecRule REQUEST_HEADERS:X-Odd \"@streq 1\" \"id:2,phase:1,pass,log\"\n"));
  const std::string body = hidden("z");
  const auto ask = [&](const std::string& field) {
    testing::BenchRequest request{.method = "POST", .path = "/", .fields = {{"content-type", form_data}}, .body = body};
    if (!field.empty()) request.fields.emplace_back(field, "1");
    return waf.bench.run(request);
  };
  EXPECT_EQ(ask("").reason, "waf:malformed_body");
  EXPECT_EQ(ask("").status, 400);
  EXPECT_EQ(ask("x-bad").reason, "waf:1");
  waf.bench.mode = Mode::detect;
  ASSERT_TRUE(waf.load());
  const auto detected = ask("x-odd");
  EXPECT_EQ(detected.status, 200);
  EXPECT_EQ(detected.incidents.size(), 1U) << "the rules are asked all the same";
}

// Ten million bytes of nothing but the beginning of a boundary, and of parts without an end.
TEST(AmbiguousBody, is_found_in_one_pass) {
  const std::string type = "multipart/form-data; boundary=" + std::string(900, '-') + "x";
  EXPECT_FALSE(is_ambiguous({type, std::string(10'000'000, '-')}));
  std::string parts;
  while (parts.size() < 10'000'000) parts += "--x\r\nA: b\r\n";
  EXPECT_TRUE(is_ambiguous({form_data, parts}));
}

}  // namespace
}  // namespace ravelin::waf
