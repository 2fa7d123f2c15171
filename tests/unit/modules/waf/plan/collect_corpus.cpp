#include "unit/modules/waf/plan/collect_corpus.h"

#include <string>
#include <string_view>

#include "support/waf_bench.h"

namespace ravelin::waf::plan {
namespace {

using namespace std::string_literals;

constexpr std::string_view form = "application/x-www-form-urlencoded";
constexpr std::string_view json = "application/json";
constexpr std::string_view parts = "multipart/form-data; boundary=edge";

OwnRequest get_of(std::string_view uri) {
  OwnRequest request;
  request.uri = uri;
  request.fields.emplace_back("host", "shop.example.com");
  for (const auto& [name, value] : browser()) request.fields.emplace_back(name, value);
  return request;
}

OwnRequest cookie_of(std::string value) {
  OwnRequest request;
  request.fields = {{"Host", "a"}, {"Cookie", std::move(value)}};
  return request;
}

OwnRequest with_method(std::string_view method, std::string_view uri) {
  OwnRequest request = get_of(uri);
  request.method = method;
  return request;
}

// "name|filename|content" to a part, with the line ends of a browser.
std::string part(std::string_view disposition, std::string_view content) {
  std::string text = "--edge\r\nContent-Disposition: form-data; ";
  return text.append(disposition).append("\r\n\r\n").append(content).append("\r\n");
}

std::string file(std::string_view disposition, std::string_view content) {
  std::string text = "--edge\r\nContent-Disposition: form-data; ";
  return text.append(disposition)
      .append("\r\nContent-Type: application/octet-stream\r\n\r\n")
      .append(content)
      .append("\r\n");
}

std::string binary(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<char>(i * 131 + i / 251));
  return text;
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += i % 2 == 0 ? "[" : "{\"k\":";
  text += "1";
  for (std::size_t i = depth; i > 0; --i) text += (i - 1) % 2 == 0 ? "]" : "}";
  return text;
}

}  // namespace

std::vector<OwnRequest> ordinary_requests() {
  std::vector<OwnRequest> all;
  for (const std::string_view uri :
       {"/", "/index.html", "/catalogue/shoes?page=2&sort=price&q=red+shoes&size=42&utm_source=news%20letter",
        "/a/b%20c/d.php?x=%C3%A4&y=", "/search?q=a%2Bb%26c&lang=en", "/api/v1/items/4711?fields=id,name", "/a?b",
        "/a/?"})
    all.push_back(get_of(uri));
  all.push_back(with_method("HEAD", "/"));
  all.push_back(with_method("OPTIONS", "*"));
  all.push_back(with_method("DELETE", "/api/v1/items/4711"));
  all.push_back(post_of(form, "name=J%C3%BCrgen+Klein&street=Hauptstr.+1&street=b&empty=&note=1%2B1%3D2"));
  all.push_back(post_of("application/x-www-form-urlencoded; charset=UTF-8", "user=a&password=b%21"));
  all.push_back(post_of(form, ""));
  all.push_back(post_of(json, R"({"user":{"name":"a","tags":["x","y",["z"]],"age":30},"ok":true,"no":null})"));
  all.push_back(post_of(json, R"([{"id":1,"price":12.50},{"id":2,"price":-1e3,"text":"caf\u00e9 \"quoted\"\n"}])"));
  all.push_back(post_of("application/vnd.api+json; charset=utf-8", " {\n \"a\" : [ ] , \"b\" : { } }\n"));
  all.push_back(post_of(json, ""));
  all.push_back(post_of("text/plain", "some text\r\nand more"));
  all.push_back(post_of("application/octet-stream", binary(1000)));
  all.push_back(post_of(parts, part("name=\"a\"", "1") + part("name=\"b\"", "") + "--edge--\r\n"));
  all.push_back(post_of(parts, part("name=\"text\"", "two\r\nlines\r\n\r\nand more") + "--edge--\r\n"));
  all.push_back(post_of(parts, part("name=\"a\"", "1") + file("name=\"f\"; filename=\"photo.jpg\"", binary(20000)) +
                                   file("name=\"g\"; filename=\"\"", "") + "--edge--\r\n"));
  all.push_back(post_of("multipart/form-data; boundary=----WebKitFormBoundaryAbC",
                        "------WebKitFormBoundaryAbC\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nx\r\n"
                        "------WebKitFormBoundaryAbC--\r\n"));
  return all;
}

std::vector<OwnRequest> odd_requests() {
  std::vector<OwnRequest> all;
  for (const std::string_view uri : {"/%",
                                     "/%4",
                                     "/%41",
                                     "/%zz%2g%%41",
                                     "/a%3Fb=c&d",
                                     "/a%3fb?c=d",
                                     "/a#b?c",
                                     "/a?b#c",
                                     "//a//b/",
                                     "/a\\b\\c.txt",
                                     "/a/..%2f..%5c",
                                     "http://h/p?q=1",
                                     "http:/p",
                                     "http://h",
                                     "h:80",
                                     ":///x",
                                     "%68ttp://h/p",
                                     "*?a",
                                     "",
                                     "?a=b",
                                     "/?&",
                                     "/?&&",
                                     "/?a&",
                                     "/?=",
                                     "/?=v",
                                     "/?a==b",
                                     "/?a=b=c&&d",
                                     "/?a=1;b=2",
                                     "/?%61=%62&%",
                                     "/?a=%&b=%1&c=%1g",
                                     "/?a=%00b&c%00=d",
                                     "/?a[]=1&a[]=2&A=3&a=4",
                                     "/?+=+&%2B=%2b",
                                     "/?a=%2541",
                                     "/?a=\xff\xfe&\xc3=\xa4",
                                     "/?a?b=c?d",
                                     "/?a=%u0041%U0042"})
    all.push_back(get_of(uri));
  for (const char* cookies : {"a=b",
                              "a=b;",
                              "a=b ;",
                              "a=b; ",
                              "a=b ; c=d ; ",
                              ";;a=b",
                              " ; a=b",
                              "a",
                              "a;b",
                              "=a",
                              " =a; b=c",
                              "a=",
                              "a= ",
                              "a =b",
                              "a=b=c",
                              "\ta\t=\tb\t;\tc\t",
                              "a=1; a=2; A=3",
                              "",
                              ";",
                              " ",
                              "a=b;  ;",
                              "a=b;;",
                              "$Version=1; a=\"b;c\"",
                              "a=%41+b",
                              "\xffx=\xfe; \x0b\x0c y=z"})
    all.push_back(cookie_of(cookies));
  all.push_back(cookie_of("a=b\0c; d\0=e"s));
  OwnRequest many = cookie_of("a=b; c");
  many.fields.insert(many.fields.end(),
                     {{"COOKIE", "d=e ;"}, {"X-a", "1"}, {"x-A", "2"}, {"", ""}, {"ax-", "\xff\0z"s}});
  all.push_back(many);
  OwnRequest no_body = post_of(form, "");
  no_body.format = BodyFormat::raw;
  all.push_back(no_body);
  for (const std::string_view body :
       {"a", "&", "&&", "=", "a=b&", "&a=b", "a=%", "%=%4", "a=%zz+%41", "a=b;c=d", "a\r\n=b\r\n", "a=1&a=1&A=1"})
    all.push_back(post_of("Application/X-WWW-Form-UrlEncodedX", body));
  all.push_back(post_of(form, "a\0=\0&%00=\xff"s));
  for (const std::string_view body : {"1",
                                      "-0",
                                      "\"a\"",
                                      "null",
                                      "true",
                                      " false ",
                                      "\"\"",
                                      "{}",
                                      "[]",
                                      "[[]]",
                                      "[{}]",
                                      "{\"\":1}",
                                      "{\"\":{\"\":[1]}}",
                                      "{\"a\":1,\"a\":2,\"A\":3}",
                                      "[1,[2,[3]],{\"a\":[4,{}]},5]",
                                      "[[],[],1]",
                                      "{\"a.b\":{\"c\":1}}",
                                      "1.0E+2",
                                      "123456789012345678901234567890",
                                      "0.1e-400",
                                      R"(["\u0000a","\ud83d\ude00","\/\\\b\f\n\r\t"])",
                                      R"("\u00e4")",
                                      R"({"\u0061\n":"b"})",
                                      "{\"\xc3\xa4\":\"\xe2\x82\xac\"}",
                                      R"(["\ud83d"])",
                                      "[\"\x7f\"]"})
    all.push_back(post_of(json, body));
  all.push_back(post_of(json, nested(64)));
  all.push_back(post_of(json, "[\"" + std::string(5000, 'a') + "\\n\"]"));
  OwnRequest json_and_form = post_of(form, "{\"a\":1}");
  json_and_form.format = BodyFormat::json;
  all.push_back(json_and_form);
  OwnRequest empty_parts = post_of(parts, "");
  all.push_back(empty_parts);
  for (const std::string& disposition :
       {"name=a"s, "name = \"a\""s, "name=\"a\";"s, "name=\"a\" ; filename=\"b\""s, "name=\"\"; name=\"a\""s,
        "name=\"a\\\"b\\\\c\\d\""s, "filename=\"C:\\dir\\f.txt\"; name=\"a\""s, "name=\"a'b\""s,
        "name=\"a\"; filename=x.y"s, "name=\"a\"; filename=\"b\"; filename*=UTF-8''%e2%82%acb"s,
        "name=\"a\"; filename*=UTF-8'en'"s, "name=\"a;b=c\""s, "name=\"\xff\x01\""s, "name=\"A\"; filename=\"\""s}) {
    all.push_back(post_of(parts, part(disposition, "x") + "--edge--"));
    all.push_back(post_of(parts, file(disposition, "x\ny\r\n\r\n") + part(disposition, "y") + "--edge--\r\n"));
  }
  for (const std::string& content : {"\r\n"s,
                                     "\n"s,
                                     "\r"s,
                                     "a\r\r\nb"s,
                                     "-"s,
                                     "--"s,
                                     "--x"s,
                                     "--edg"s,
                                     "x--edge"s,
                                     "--\r\n--\r\nx"s,
                                     "-- \r\n"s,
                                     "\0--edge"s,
                                     "--\0edge"s,
                                     std::string(4096, 'a'),
                                     std::string(4095, 'a') + "\r\nb",
                                     std::string(4094, 'a') + "\r\nb",
                                     std::string(4096, 'a') + "--edge\r\n",
                                     std::string(5000, '-'),
                                     std::string(4090, 'a') + "--edge" + "\r\nz",
                                     std::string(4093, 'a') + "--edge",
                                     "\r\n" + std::string(4095, 'b') + "\rc",
                                     std::string(4096, 'a') + "\n"}) {
    all.push_back(post_of(parts, part("name=\"a\"", content) + part("name=\"b\"", "1") + "--edge--\r\n"));
    all.push_back(post_of(parts, file("name=\"a\"; filename=\"f\"", content) + "--edge--"));
    all.push_back(post_of(parts, part("name=\"a\"", content) + "--edge--"));
  }
  for (const std::string_view type :
       {"Multipart/Form-Data;boundary=edge", "multipart/form-data ; \tboundary=edge; charset=utf-8"})
    all.push_back(post_of(type, part("name=\"a\"", "1") + "--edge--\r\n"));
  all.push_back(post_of("multipart/form-data; boundary=e",
                        "--e\r\ncontent-disposition:\t form-data;name=\"a\"\r\nX:\r\n\r\nb\r\n--e--"));
  all.push_back(
      post_of(parts, "--edge\r\nA: b\r\nContent-Disposition: form-data; name=\"a\"\r\nC:d\r\n\r\n\r\n--edge--"));
  return all;
}

std::vector<OwnRequest> doubtful_requests() {
  std::vector<OwnRequest> all;
  for (const std::string_view body :
       {"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>",
        "<?xml version='1.0' encoding='UTF-7'?><a/>", "\xff\xfe<"})
    all.push_back(post_of("text/xml", body));
  all.push_back(get_of(std::string_view("/a\0b", 4)));
  OwnRequest two_types = post_of(form, "a=b");
  two_types.fields.emplace_back("Content-Type", "text/plain");
  all.push_back(two_types);
  const std::string good = part("name=\"a\"", "1") + "--edge--\r\n";
  for (const std::string_view type :
       {"multipart/form-data", "multipart/form-data; boundary=\"edge\"",
        "multipart/form-data; boundary=", "multipart/form-data boundary=edge", "multipart/form-data; boundary =edge",
        "multipart/form-data; boundary= edge", "multipart/form-data; Boundary=edge",
        "multipart/form-data; boundary=edge; boundary=edge", "multipart/form-data; a=b; boundary=edge",
        "multipart/form-data; boundary=\"edge", "multipart/form-data; boundary=ed*ge"})
    all.push_back(post_of(type, good));
  for (const std::string& disposition :
       {"name='a'"s, "name=a'b"s, "name=\"a"s, "name=\"a\" x"s, "name=\"a\"; "s, "name=\"a\"; name=\"b\""s,
        "filename=\"b\""s, "name=\"\""s, "Name=\"a\""s, "name=\"a\"; filename = \"b\""s,
        "name=\"a\"; filename*=UTF-8''x"s, "name="s, "name"s, "name=\"a\"; filename*=''x"s,
        "name=\"a\"; filename*=UTF-8'x"s, "name=\"a\"; filename*=U''%4"s, "name=\"a\\"s, ""s})
    all.push_back(post_of(parts, part(disposition, "x") + "--edge--\r\n"));
  for (const std::string& body :
       {"x"s, "\r\n" + good, good + "x", "--edge--\r\n\r\n"s, part("name=\"a\"", "1"),
        part("name=\"a\"", "1") + "--edge-", part("name=\"a\"", "1") + "--edgex\r\n--edge--\r\n",
        part("name=\"a\"", "1") + "-- edge--\r\n--edge--",
        "--edge\nContent-Disposition: form-data; name=\"a\"\n\nb\n--edge--\n"s,
        part("name=\"a\"", "1\n") + "x\n--edge--",
        "--edge\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\nb\r\n--edge--"s,
        "--edge\r\nA: b\r\n\r\nc\r\n--edge--"s,
        "--edge\r\nContent-Disposition: form-data; name=\"a\"\r\nA: b\r\na: c\r\n\r\nd\r\n--edge--"s,
        "--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--edge--\r\n"s, "--edge\r\n--edge--\r\n"s,
        "--edge\r\nno colon\r\n\r\nd\r\n--edge--"s, "--edge\r\n: x\r\n\r\nd\r\n--edge--"s,
        "--edge\r\nContent-Disposition: form-data; name=\"a\"\r\nX: " + std::string(4096, 'x') +
            "\r\n\r\nd\r\n--edge--"})
    all.push_back(post_of(parts, body));
  return all;
}

}  // namespace ravelin::waf::plan
