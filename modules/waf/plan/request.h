#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ravelin::waf {

/// BodyFormat is how a request body is taken apart for the rules. One decision for the counting here
/// and for the library, so both see the same arguments.
enum class BodyFormat : std::uint8_t { raw, form, multipart, json, xml };

}  // namespace ravelin::waf

namespace ravelin::waf::plan {

/// Whether the text of an XML body may be far longer than the body: by a DTD's entities, or attributes that all
/// elements have. Or that is not to be seen, for its encoding.
bool may_multiply_xml(std::string_view body);

/// Line is one header field as the origin gets it.
struct Line {
  std::string_view name;
  std::string_view value;
};

/// Request is what is judged: views of one whole request, in the form in which libmodsecurity would
/// be given it. Whoever makes it keeps the text alive.
struct Request {
  std::string_view method;
  std::string_view uri;      // path and query, not decoded
  std::string_view version;  // as to_string(Version): "1.0", "1.1", "2"
  std::span<const Line> fields;
  std::string_view body;
  BodyFormat format = BodyFormat::raw;
  std::string_view client;  // address, as text
  int client_port = 0;
  int server_port = 80;
};

}  // namespace ravelin::waf::plan
