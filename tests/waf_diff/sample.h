#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/request.h"

namespace ravelin::waf_diff {

/// Field is one header field.
struct Field {
  std::string name;
  std::string value;
  friend bool operator==(const Field&, const Field&) = default;
};

/// Sample is one request to judge, with the text it owns.
struct Sample {
  std::string name;  // where it comes from, for people
  std::string method = "GET";
  std::string uri = "/";
  std::string version = "1.1";
  std::vector<Field> fields;
  std::string body;

  /// The value of the first field of this name, in lower case; empty if there is none.
  std::string_view field(std::string_view lower_name) const;
  /// Replaces the field of this name or adds it.
  void set(std::string_view lower_name, std::string value);
  friend bool operator==(const Sample& a, const Sample& b) {
    return a.method == b.method && a.uri == b.uri && a.version == b.version && a.fields == b.fields && a.body == b.body;
  }
};

/// SampleView is a sample as judges get it. The sample must outlive it.
class SampleView {
 public:
  explicit SampleView(const Sample& sample);
  const waf::plan::Request& request() const { return request_; }

 private:
  std::vector<waf::plan::Line> lines_;
  waf::plan::Request request_;
};

/// mended is `sample` in a form in which the gateway could hand it to the WAF: what the gateway
/// refuses or takes out before (bytes that no target or field may have, connection fields, blind
/// spots of the library) is replaced or gone, names are lower-case, host and content-length are there.
Sample mended(Sample sample);

/// Whether the gateway would refuse it for its number of arguments, before any rule.
bool has_too_many_arguments(const Sample& sample, std::size_t limit);

/// Percent-encodes what a target may not have as it is, and `also`.
std::string percent_encoded(std::string_view text, std::string_view also);

}  // namespace ravelin::waf_diff
