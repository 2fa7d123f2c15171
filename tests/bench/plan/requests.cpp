#include "bench/plan/requests.h"

#include <cstddef>
#include <random>
#include <string_view>

namespace ravelin::bench {
namespace {

using waf::BodyFormat;
using Fields = std::vector<std::pair<std::string, std::string>>;

Fields browser_fields() {
  return {{"host", "shop.example.com"},
          {"user-agent",
           "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"},
          {"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
          {"accept-language", "en-GB,en;q=0.9,de;q=0.7"},
          {"accept-encoding", "gzip, deflate, br"},
          {"referer", "https://shop.example.com/catalog/shoes?page=2"},
          {"cookie",
           "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; cart=3; lang=en; _ga=GA1.2.1234567.1699999999; "
           "consent=yes"},
          {"sec-ch-ua-mobile", "?0"},
          {"sec-ch-ua-platform", "\"Linux\""},
          {"sec-fetch-site", "same-origin"},
          {"sec-fetch-mode", "navigate"},
          {"sec-fetch-dest", "document"},
          {"upgrade-insecure-requests", "1"},
          {"cache-control", "max-age=0"},
          {"x-requested-with", "XMLHttpRequest"}};
}

Sample with_body(std::string name, std::string type, std::string body, BodyFormat format) {
  Sample sample{std::move(name), "POST", "/api/order", browser_fields(), std::move(body), format};
  sample.fields.emplace_back("content-type", std::move(type));
  sample.fields.emplace_back("content-length", std::to_string(sample.body.size()));
  return sample;
}

Sample json(std::string name, std::string body) {
  return with_body(std::move(name), "application/json", std::move(body), BodyFormat::json);
}

Sample form(std::string name, std::string body) {
  return with_body(std::move(name), "application/x-www-form-urlencoded", std::move(body), BodyFormat::form);
}

std::string order(std::size_t size) {
  std::string text = R"({"customer":{"name":"Anna Smith","city":"Leeds","postcode":"LS1 4AP"},"lines":[)";
  for (int i = 0; text.size() < size; ++i)
    text += std::string(i == 0 ? "" : ",") + R"({"sku":"NF-)" + std::to_string(100000 + i * 7919 % 900000) +
            R"(","quantity":)" + std::to_string(1 + i % 8) + R"(,"price":)" + std::to_string(10 + i) +
            R"(.5,"gift":false,"title":"Green walking boots large"})";
  return text + "]}";
}

std::string address(std::size_t size) {
  std::string text =
      "name=Anna+Smith&street=12+River+Lane&city=Leeds&postcode=LS1+4AP&email=anna.smith%40example.com&"
      "phone=01134960000&country=GB&a=1&b=2&c=3&d=hello&e=world&title=Dr&newsletter=no&colour=green&note=";
  while (text.size() < size) text += "please+leave+the+parcel+with+my+neighbour+";
  return text + "thanks";
}

Sample upload(std::string name, std::size_t size) {
  std::mt19937 random(3);
  std::string text;
  for (const char* field : {"title", "album", "place", "year"})
    text += "--edge\r\nContent-Disposition: form-data; name=\"" + std::string(field) + "\"\r\n\r\nGreen boots\r\n";
  text +=
      "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"boots.jpg\"\r\n"
      "Content-Type: image/jpeg\r\n\r\n";
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(random() & 0xff);
  return with_body(std::move(name), "multipart/form-data; boundary=edge", text + "\r\n--edge--\r\n",
                   BodyFormat::multipart);
}

std::string repeated(std::string_view part, std::size_t size) {
  std::string text;
  while (text.size() < size) text += part;
  return text.substr(0, size);
}

// As many arguments as the gateway lets through, of one value each.
std::string many(std::string_view value) {
  std::string text;
  for (int i = 0; i < 256; ++i) text += "argument" + std::to_string(i) + "=" + std::string(value) + "&";
  text.pop_back();
  return text;
}

void add_worst(std::vector<Sample>& list) {
  constexpr std::size_t most = 128 * 1024;
  list.push_back(form("256 short words", many("green")));
  list.push_back(form("256 sentences", many("please+leave+the+parcel+with+my+neighbour")));
  list.push_back(form("256 times 500 bytes", many(repeated("please+leave+the+parcel+with+my+neighbour+", 490))));
  list.push_back(form("256 awkward values",
                      many(repeated("O%27Neill%2C+(%3Cx%3E)+%26amp%3B+50%25+C%3A%5CWork%5Cx+%2F*b*%2F+-+1;", 490))));
  list.push_back(
      form("128 KiB of prose", "t=" + repeated("Please leave the parcel with my neighbour, thanks. ", most - 2)));
  list.push_back(
      form("128 KiB awkward", "t=" + repeated("O%27N (%3Cx%3E) %26amp; 50%25 C:%5CWork%5C /*b*/ - 1; ", most - 2)));
  list.push_back(json("json, 256 values", "[" + repeated("\"leave it at the door\",", 23 * 255) + "1]"));
  list.push_back(json("json, 64 levels", repeated("{\"level\":", 63 * 9) + "1" + std::string(63, '}')));
  list.push_back(
      json("json, 128 KiB text", "{\"t\":\"" + repeated("Please leave the parcel here, thanks. ", most - 9) + "\"}"));
}

}  // namespace

std::vector<Sample> samples() {
  std::vector<Sample> list;
  list.push_back({"minimal GET",
                  "GET",
                  "/",
                  {{"host", "example.com"}, {"user-agent", "curl/8"}, {"accept", "*/*"}},
                  "",
                  BodyFormat::raw});
  list.push_back({"browser GET", "GET",
                  "/catalog/shoes/item.html?id=123&sort=price&q=running+shoes&page=3&color=dark-blue", browser_fields(),
                  "", BodyFormat::raw});
  list.push_back(json("JSON 1 KiB", order(1000)));
  list.push_back(json("JSON 4 KiB", order(4000)));
  list.push_back(form("form 1 KiB", address(1000)));
  list.push_back(upload("multipart 64 KiB", 64 << 10));
  list.push_back(upload("multipart 256 KiB", 256 << 10));
  list.push_back({"SQL injection", "GET", "/?id=1%27+or+%271%27=%271", browser_fields(), "", BodyFormat::raw});
  add_worst(list);
  return list;
}

}  // namespace ravelin::bench
