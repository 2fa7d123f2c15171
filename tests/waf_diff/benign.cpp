#include "waf_diff/benign.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "waf_diff/benign_values.h"
#include "waf_diff/encodings.h"

namespace ravelin::waf_diff {
namespace {

constexpr std::string_view agents[] = {
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:125.0) Gecko/20100101 Firefox/125.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
    "Mobile/15E148 Safari/604.1",
    "okhttp/4.12.0",
    "PostmanRuntime/7.37.3",
    "ShopApp/3.2.1 (Android 14; Pixel 8)"};
constexpr std::string_view paths[] = {"/",
                                      "/index.html",
                                      "/catalogue/shoes/42",
                                      "/api/v1/orders",
                                      "/account/settings",
                                      "/blog/2024/05/a-day-at-the-river",
                                      "/static/app.3f2a1b.js",
                                      "/img/hero%20wide.jpg",
                                      "/api/v2/users/me/avatar",
                                      "/wiki/Caf%C3%A9",
                                      "/search",
                                      "/checkout;jsessionid=12AB"};

std::string query(Random& random) {
  std::string text;
  const std::size_t count = random.below(7);
  for (std::size_t i = 0; i < count; ++i)
    text += (i == 0 ? "?" : "&") + form_encoded(parameter_name(random)) + "=" + form_encoded(value(random));
  return text;
}

std::string cookies(Random& random) {
  std::string text = "_ga=GA1.1." + token(random, 9) + "." + token(random, 10);
  if (random.one_in(2)) text += "; session=" + token(random, 32);
  if (random.one_in(2)) text += "; csrftoken=" + uuid(random);
  if (random.one_in(3)) text += "; prefs=" + form_encoded(R"({"theme":"dark","lang":"en"})");
  if (random.one_in(4)) text += "; auth=" + web_token(random);
  if (random.one_in(5)) text += "; seen=1,2,3|" + word(random);
  return text;
}

void add_browser_fields(Sample& sample, Random& random) {
  sample.fields = {
      {"host", "shop.example.com"},
      {"user-agent", std::string(random.pick(agents))},
      {"accept", random.one_in(3) ? "application/json" : "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}};
  if (!random.one_in(4)) sample.fields.push_back({"accept-language", "en-GB,en;q=0.9,de;q=0.7"});
  if (!random.one_in(4)) sample.fields.push_back({"accept-encoding", "gzip, deflate, br"});
  if (random.one_in(2))
    sample.fields.push_back({"referer", "https://shop.example.com/" + word(random) + query(random)});
  if (random.one_in(2)) sample.fields.push_back({"cookie", cookies(random)});
  if (random.one_in(3)) sample.fields.push_back({"sec-ch-ua", R"("Chromium";v="124", "Not-A.Brand";v="99")"});
  if (random.one_in(5)) sample.fields.push_back({"authorization", "Bearer " + web_token(random)});
  if (random.one_in(6)) sample.fields.push_back({"if-none-match", "W/\"" + token(random, 12) + "\""});
  if (random.one_in(8)) sample.fields.push_back({"x-request-id", uuid(random)});
  if (random.one_in(9)) sample.fields.push_back({"range", "bytes=0-1023"});
}

std::string json_value(Random& random, std::size_t depth);

std::string json_object(Random& random, std::size_t depth) {
  std::string text = "{";
  const std::size_t count = random.between(1, 6);
  for (std::size_t i = 0; i < count; ++i)
    text += (i > 0 ? ",\"" : "\"") + word(random) + std::to_string(i) + "\":" + json_value(random, depth);
  return text + "}";
}

std::string json_value(Random& random, std::size_t depth) {
  switch (random.below(depth > 3 ? 6 : 8)) {
    case 0: return std::to_string(random.below(100000));
    case 1: return std::to_string(random.below(1000)) + ".25e1";
    case 2: return random.one_in(2) ? "true" : "null";
    case 6: return json_object(random, depth + 1);
    case 7: return "[" + json_value(random, depth + 1) + "," + json_value(random, depth + 1) + "]";
    default: return "\"" + json_escaped(value(random)) + "\"";
  }
}

void make_json(Sample& sample, Random& random) {
  const std::size_t size = std::size_t{64} << random.below(7);
  std::string text = "[" + json_object(random, 0);
  while (text.size() < size) text += "," + json_object(random, 0);
  sample.body = text + "]";
  sample.set("content-type", random.one_in(3) ? "application/json; charset=utf-8" : "application/json");
}

void make_form(Sample& sample, Random& random) {
  const std::size_t count = random.between(1, 16);
  for (std::size_t i = 0; i < count; ++i)
    sample.body += (i > 0 ? "&" : "") + form_encoded(parameter_name(random)) + "=" +
                   form_encoded(random.one_in(4) ? prose(random, 30) : value(random));
  sample.set("content-type", "application/x-www-form-urlencoded");
}

std::string file_bytes(Random& random) {
  const std::size_t size = std::size_t{1} << random.between(4, 16);
  if (random.one_in(3)) return prose(random, std::min<std::size_t>(size / 8, 500));
  std::string text = "\x89PNG\r\n";
  while (text.size() < size) text += static_cast<char>(random.next() & 0xff);
  return text;
}

void make_upload(Sample& sample, Random& random) {
  const std::string boundary = "----WebKitFormBoundary" + token(random, 16);
  for (std::size_t i = random.between(1, 3); i > 0; --i)
    sample.body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + word(random) + "\"\r\n\r\n" +
                   value(random) + "\r\n";
  sample.body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + word(random) +
                 (random.one_in(2) ? " (1)" : "") + ".png\"\r\nContent-Type: image/png\r\n\r\n" + file_bytes(random) +
                 "\r\n--" + boundary + "--\r\n";
  sample.set("content-type", "multipart/form-data; boundary=" + boundary);
}

}  // namespace

Sample benign_sample(Random& random) {
  Sample sample;
  sample.version = random.one_in(2) ? "2.0" : "1.1";
  sample.uri = std::string(random.pick(paths)) + query(random);
  add_browser_fields(sample, random);
  const std::size_t kind = random.below(10);
  constexpr std::array<std::string_view, 10> kinds{"page", "page", "page", "page", "page",
                                                   "JSON", "JSON", "form", "form", "upload"};
  sample.name = "benign " + std::string(kinds[kind]);
  if (kind < 5) return sample;
  sample.method = random.one_in(5) ? "PUT" : "POST";
  if (kind < 7) {
    make_json(sample, random);
  } else if (kind < 9) {
    make_form(sample, random);
  } else {
    make_upload(sample, random);
  }
  return sample;
}

}  // namespace ravelin::waf_diff
