#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/body.h"
#include "modules/waf/plan/request.h"
#include "ravelin/exchange.h"
#include "ravelin/verdict.h"

namespace ravelin::waf {

/// View is one request as its origin will receive it, in texts of the exchange and some of its own. What plan and
/// library are given is made of it alone, so they see the same. Reused from request to request.
class View {
 public:
  /// Valid until the next call, as long as the exchange and `body` are.
  const plan::Request& look(const Exchange& exchange, std::string_view body);

 private:
  void add_framing(const RequestHead& head);

  plan::Request request_;
  std::vector<plan::Line> fields_;
  std::string client_;
  std::string uri_;
  std::string length_;
};

/// Subject is a copy of one request, for an evaluation that may run on another thread and outlive the exchange.
struct Subject {
  struct Line {
    std::string name;
    std::string value;
  };

  Subject() = default;
  /// All but the body, which is given by itself as it need not be copied.
  Subject(const plan::Request& request, std::string_view id);

  /// What the plan is given of it, in texts of its own; `lines` has to last as long.
  plan::Request look(std::vector<plan::Line>& lines) const;

  std::string id;
  std::string client;
  int client_port = 0;
  int server_port = 80;
  std::string uri;  // path and query
  std::string method;
  std::string version;  // "1.1"
  std::vector<Line> fields;
  std::string body;
  bool is_cut = false;  // the body, so that it ends too early
  BodyFormat format = BodyFormat::raw;
};

/// Load is how much work a request is: the bytes that rules look through (path, query, fields, body),
/// and the arguments and cookies they come in.
struct Load {
  std::size_t bytes = 0;
  std::size_t longest = 0;  // bytes that may be one value: the query, the body, the cookies of a field
  std::size_t arguments = 0;
  std::size_t cookies = 0;
};

Load load_of(const RequestHead& head, std::string_view body);

/// Blind spots of the library, where rules would see something else than the origin. Each must have
/// been refused before; if not, it is refused here.
std::optional<Rejection> blind_spot(const RequestHead& head);

}  // namespace ravelin::waf
