#include "unit/modules/waf/plan/collect_reference.h"

#include <modsecurity/transaction.h>

#include <algorithm>
#include <stdexcept>

#include "modules/waf/body.h"
#include "modules/waf/config.h"
#include "modules/waf/engine_rules.h"
#include "modules/waf/library.h"

namespace ravelin::waf::plan {
namespace {

using modsecurity::AnchoredSetVariable;
using modsecurity::AnchoredVariable;
using modsecurity::Transaction;
using Pair = std::pair<std::string, std::string>;
using Pairs = std::vector<Pair>;

struct Single {
  Variable variable;
  AnchoredVariable Transaction::*member;
};
constexpr Single singles[] = {
    {Variable::args_combined_size, &Transaction::m_variableARGScombinedSize},
    {Variable::files_combined_size, &Transaction::m_variableFilesCombinedSize},
    {Variable::multipart_strict_error, &Transaction::m_variableMultipartStrictError},
    {Variable::multipart_unmatched_boundary, &Transaction::m_variableMultipartUnmatchedBoundary},
    {Variable::request_line, &Transaction::m_variableRequestLine},
    {Variable::request_method, &Transaction::m_variableRequestMethod},
    {Variable::request_protocol, &Transaction::m_variableRequestProtocol},
    {Variable::request_uri, &Transaction::m_variableRequestURI},
    {Variable::request_uri_raw, &Transaction::m_variableRequestURIRaw},
    {Variable::request_filename, &Transaction::m_variableRequestFilename},
    {Variable::request_basename, &Transaction::m_variableRequestBasename},
    {Variable::query_string, &Transaction::m_variableQueryString},
    {Variable::path_info, &Transaction::m_variablePathInfo},
    {Variable::full_request, &Transaction::m_variableFullRequest},
    {Variable::full_request_length, &Transaction::m_variableFullRequestLength},
    {Variable::request_body, &Transaction::m_variableRequestBody},
    {Variable::request_body_length, &Transaction::m_variableRequestBodyLength},
    {Variable::reqbody_processor, &Transaction::m_variableReqbodyProcessor},
    {Variable::reqbody_error, &Transaction::m_variableReqbodyError},
    {Variable::reqbody_processor_error, &Transaction::m_variableReqbodyProcessorError},
    {Variable::remote_addr, &Transaction::m_variableRemoteAddr},
    {Variable::remote_port, &Transaction::m_variableRemotePort},
    {Variable::server_addr, &Transaction::m_variableServerAddr},
    {Variable::server_port, &Transaction::m_variableServerPort},
    {Variable::response_status, &Transaction::m_variableResponseStatus},
    {Variable::response_body, &Transaction::m_variableResponseBody},
    {Variable::response_protocol, &Transaction::m_variableResponseProtocol},
    {Variable::response_content_type, &Transaction::m_variableResponseContentType},
    {Variable::response_content_length, &Transaction::m_variableResponseContentLength},
};

struct Collection {
  Variable variable;
  AnchoredSetVariable Transaction::*member;
};
constexpr Collection collections[] = {
    {Variable::args, &Transaction::m_variableArgs},
    {Variable::args_get, &Transaction::m_variableArgsGet},
    {Variable::args_post, &Transaction::m_variableArgsPost},
    {Variable::files, &Transaction::m_variableFiles},
    {Variable::files_names, &Transaction::m_variableFilesNames},
    {Variable::files_sizes, &Transaction::m_variableFilesSizes},
    {Variable::multipart_filename, &Transaction::m_variableMultipartFileName},
    {Variable::multipart_name, &Transaction::m_variableMultipartName},
    {Variable::multipart_part_headers, &Transaction::m_variableMultipartPartHeaders},
    {Variable::request_headers, &Transaction::m_variableRequestHeaders},
    {Variable::request_headers_names, &Transaction::m_variableRequestHeadersNames},
    {Variable::request_cookies, &Transaction::m_variableRequestCookies},
    {Variable::request_cookies_names, &Transaction::m_variableRequestCookiesNames},
    {Variable::response_headers, &Transaction::m_variableResponseHeaders},
    {Variable::response_headers_names, &Transaction::m_variableResponseHeadersNames},
};

// The library makes these of the keys of those.
constexpr std::pair<Variable, Variable> names[] = {{Variable::args_names, Variable::args},
                                                   {Variable::args_get_names, Variable::args_get},
                                                   {Variable::args_post_names, Variable::args_post}};

Pairs theirs(Transaction& transaction, Variable variable) {
  for (const Single& single : singles)
    if (single.variable == variable) return {{"", (transaction.*single.member).m_value}};
  Pairs pairs;
  for (const Collection& collection : collections) {
    if (collection.variable != variable) continue;
    for (const auto& [key, value] : transaction.*collection.member)
      pairs.emplace_back(value->getKey(), value->getValue());
  }
  for (const auto& [name, of] : names) {
    if (name != variable) continue;
    pairs = theirs(transaction, of);
    for (Pair& pair : pairs) pair.second = pair.first;
  }
  return pairs;
}

Pairs ours(const Values& values, Variable variable) {
  Pairs pairs;
  for (const Item& item : values.of(variable)) pairs.emplace_back(item.name, item.value);
  return pairs;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\')
      result.push_back(c);
    else
      result.append({'\\', 'x', digits[byte / 16], digits[byte % 16]});
  }
  return result;
}

std::string printed(const Pairs& pairs) {
  std::string text;
  for (const Pair& pair : pairs) text.append(" [" + escaped(pair.first) + "=" + escaped(pair.second) + "]");
  return text;
}

std::string difference(Transaction& transaction, const Values& values) {
  std::string text;
  for (std::size_t i = 0; i < variable_count; ++i) {
    const auto variable = static_cast<Variable>(i);
    if (!is_compared(variable)) continue;
    Pairs expected = theirs(transaction, variable);
    Pairs found = ours(values, variable);
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    if (expected == found) continue;
    text +=
        "variable " + std::to_string(i) + ":\n  library" + printed(expected) + "\n  ours   " + printed(found) + "\n";
  }
  return text;
}

void start(Transaction& t, const OwnRequest& request) {
  t.processConnection("192.0.2.7", 4711, "0.0.0.0", 443);
  t.processURI(request.uri.c_str(), request.method.c_str(), request.version.c_str());
  for (const auto& [name, value] : request.fields) t.addRequestHeader(name, value);
  if (request.format == BodyFormat::json) {
    t.m_requestBodyProcessor = Transaction::JSONRequestBody;
    t.m_variableReqbodyProcessor.set("JSON", t.m_variableOffset);
  } else if (request.format == BodyFormat::xml) {
    t.m_requestBodyProcessor = Transaction::XMLRequestBody;
    t.m_variableReqbodyProcessor.set("XML", t.m_variableOffset);
  }
  t.processRequestHeaders();
}

void finish(Transaction& t, const std::string& body) {
  if (!body.empty()) t.appendRequestBody(reinterpret_cast<const unsigned char*>(body.data()), body.size());
  t.processRequestBody();
}

}  // namespace

OwnRequest post_of(std::string_view type, std::string_view body) {
  OwnRequest request;
  request.method = "POST";
  request.fields = {{"host", "shop.example.com"}, {"content-type", std::string(type)}};
  request.body = body;
  request.format = format_of(type);
  return request;
}

std::string printed(const OwnRequest& request) {
  std::string text = escaped(request.method) + " " + escaped(request.uri) + " " + escaped(request.version) + "\n";
  for (const auto& [name, value] : request.fields) text += escaped(name) + ": " + escaped(value) + "\n";
  return text + "format " + std::to_string(static_cast<int>(request.format)) + "\n" + escaped(request.body) + "\n";
}

View::View(const OwnRequest& own) {
  for (const auto& [name, value] : own.fields) fields_.push_back({name, value});
  request_ = {own.method, own.uri, own.version, fields_, own.body, own.format, "192.0.2.7", 4711, 443};
}

CollectReference::CollectReference() {
  if (rules_.load(engine_rules(Config{}).c_str()) < 0) throw std::runtime_error(rules_.getParserError());
}

CollectReference::Outcome CollectReference::compare(const OwnRequest& own, Values& values) {
  const View view(own);
  std::string id = "collect";
  Transaction transaction(&library(), &rules_, id.data(), nullptr);
  start(transaction, own);
  values.collect_head(view.request());
  if (!values.doubt().empty()) return Outcome::doubt;
  differences_ = difference(transaction, values);
  if (!differences_.empty()) {
    differences_ = "in phase 1, " + differences_ + printed(own);
    return Outcome::different;
  }
  finish(transaction, own.body);
  values.collect_body(view.request());
  if (!values.doubt().empty()) return Outcome::doubt;
  differences_ = difference(transaction, values);
  if (differences_.empty()) return Outcome::same;
  differences_ += printed(own);
  return Outcome::different;
}

bool is_compared(Variable variable) {
  const auto is_it = [variable](const auto& entry) { return entry.variable == variable; };
  const auto is_name = [variable](const auto& entry) { return entry.first == variable; };
  return std::any_of(std::begin(singles), std::end(singles), is_it) ||
         std::any_of(std::begin(collections), std::end(collections), is_it) ||
         std::any_of(std::begin(names), std::end(names), is_name);
}

}  // namespace ravelin::waf::plan
