#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/body.h"
#include "ravelin/exchange.h"
#include "ravelin/verdict.h"

namespace ravelin::waf {

/// Subject is a copy of one request as its origin will receive it, for an evaluation that may run on
/// another thread and outlive the exchange.
struct Subject {
  struct Line {
    std::string name;
    std::string value;
  };

  Subject() = default;
  explicit Subject(const Exchange& exchange);

  std::string id;
  std::string client;
  int client_port = 0;
  int server_port = 80;
  std::string uri;  // path and query
  std::string method;
  std::string version;  // "1.1"
  std::vector<Line> fields;
  std::string body;
  BodyFormat format = BodyFormat::raw;
};

/// Load is how much work a request is: the bytes that rules look through (path, query, fields, body),
/// and the arguments and cookies they come in.
struct Load {
  std::size_t bytes = 0;
  std::size_t arguments = 0;
  std::size_t cookies = 0;
};

Load load_of(const RequestHead& head, std::string_view body);

/// Blind spots of the library, where rules would see something else than the origin. Each must have
/// been refused before; if not, it is refused here.
std::optional<Rejection> blind_spot(const RequestHead& head);

}  // namespace ravelin::waf
