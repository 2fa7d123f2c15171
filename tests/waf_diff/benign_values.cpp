#include "waf_diff/benign_values.h"

#include <array>
#include <string_view>

#include "waf_diff/encodings.h"

namespace ravelin::waf_diff {
namespace {

using Words = std::string_view;

constexpr Words words[] = {
    "the",      "green",   "boots",    "order",   "select",  "from",    "river",   "union",   "station", "where",
    "table",    "please",  "drop",     "parcel",  "at",      "our",     "door",    "and",     "or",      "not",
    "like",     "winter",  "script",   "alert",   "on",      "load",    "update",  "your",    "set",     "of",
    "insert",   "coin",    "into",     "machine", "delete",  "old",     "cat",     "passage", "ping",    "pong",
    "system",   "echo",    "cafe",     "import",  "export",  "exec",    "summary", "case",    "when",    "then",
    "else",     "end",     "group",    "by",      "having",  "fun",     "sleep",   "well",    "bench",   "mark",
    "price",    "under",   "50",       "euros",   "size",    "42",      "with",    "out",     "sugar",   "milk",
    "bash",     "curl",    "hair",     "shell",   "beach",   "print",   "paper",   "include", "require", "function",
    "document", "window",  "location", "cookie",  "recipe",  "between", "two",     "null",    "island",  "true",
    "story",    "version", "java",     "coffee",  "runtime", "process", "class",   "object",  "base",    "ball"};
constexpr Words names[] = {"Anna",     "O'Neill", "D'Angelo",     "Müller", "Łukasz",   "Zoë",   "José",     "Nguyễn",
                           "Søren",    "Иван",    "Ольга",        "陈伟",   "山田太郎", "محمد",  "François", "Smith",
                           "Jean-Luc", "MacLeod", "van der Berg", "Ng",     "Siân",     "Björk", "Íñigo",    "Renée"};
constexpr Words parameters[] = {"id",        "q",          "page",         "sort",   "name",   "email",    "user[name]",
                                "items[]",   "token",      "lang",         "from",   "to",     "category", "colour",
                                "size",      "redirect",   "limit",        "offset", "search", "title",    "comment",
                                "message",   "utm_source", "utm_campaign", "fbclid", "_",      "callback", "date",
                                "price_min", "file",       "path",         "url"};
constexpr Words marks[] = {". ", ", ", "! ",  "? ",   "; ",  ": ",  " - ", " (",
                           ") ", "' ", "\" ", "... ", " & ", " / ", "\n"};

std::string digits(Random& random, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('0' + random.below(10));
  return text;
}

std::string email(Random& random) {
  return word(random) + "." + word(random) + "@example." + (random.one_in(2) ? "com" : "org");
}

std::string date(Random& random) {
  return "20" + digits(random, 2) + "-0" + std::to_string(random.between(1, 9)) + "-" +
         std::to_string(random.between(10, 28)) + (random.one_in(2) ? "" : "T1" + digits(random, 1) + ":30:00+02:00");
}

std::string money(Random& random) {
  return (random.one_in(2) ? "€" : "$") + digits(random, 2) + "." + digits(random, 2);
}

std::string link(Random& random) {
  return "https://www." + word(random) + ".example.com/" + word(random) + "?" + word(random) + "=" + digits(random, 3);
}

}  // namespace

std::string word(Random& random) { return std::string(random.pick(words)); }

std::string person(Random& random) { return std::string(random.pick(names)) + " " + std::string(random.pick(names)); }

std::string prose(Random& random, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += random.one_in(15) ? person(random) : word(random);
    text += random.one_in(6) ? random.pick(marks) : Words(" ");
  }
  return text + "end";
}

std::string token(Random& random, std::size_t size) {
  constexpr Words alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string text;
  while (text.size() < size) text += random.pick(alphabet);
  return text;
}

std::string uuid(Random& random) {
  constexpr Words hex = "0123456789abcdef";
  std::string text;
  for (const char c : Words("xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx")) text += c == 'x' ? random.pick(hex) : c;
  return text;
}

std::string web_token(Random& random) {
  std::string payload = R"({"sub":")" + digits(random, 8) + R"(","name":")" + person(random) + R"(","iat":1700000000})";
  std::string text =
      base64_encoded(R"({"alg":"RS256","typ":"JWT"})") + "." + base64_encoded(payload) + "." + token(random, 86);
  std::erase(text, '=');
  return text;
}

std::string value(Random& random) {
  switch (random.below(14)) {
    case 0: return person(random);
    case 1: return prose(random, random.between(2, 12));
    case 2: return uuid(random);
    case 3: return digits(random, random.between(1, 9));
    case 4: return date(random);
    case 5: return email(random);
    case 6: return money(random);
    case 7: return link(random);
    case 8: return "#" + digits(random, 6);
    case 9:
      return "-" + digits(random, 1) + "." + digits(random, 5) + "," + digits(random, 2) + "." + digits(random, 6);
    case 10: return token(random, random.between(8, 40));
    case 11: return word(random) + "_" + word(random) + "." + (random.one_in(2) ? "pdf" : "jpg");
    default: return word(random);
  }
}

std::string parameter_name(Random& random) { return std::string(random.pick(parameters)); }

}  // namespace ravelin::waf_diff
