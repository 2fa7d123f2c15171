#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/arena.h"
#include "modules/waf/plan/json_path.h"
#include "modules/waf/plan/request.h"
#include "modules/waf/plan/variable.h"

namespace ravelin::waf::plan {

/// Item is one value of a variable. `name` is empty unless the variable is a collection.
struct Item {
  std::string_view name;
  std::string_view value;
};

/// Values are the values of all variables of one request, exactly those libmodsecurity 3.0.9 has after it was given the
/// same request, in any order, with the settings of engine_rules.cpp (a policy with SecArgumentSeparator,
/// SecArgumentsLimit, SecRequestBodyNoFilesLimit, SecRequestBodyAccess or ctl actions on the body is the library's).
/// Views of the Request and of an arena of its own, valid until the next collect_head; reused from request to request,
/// so that collecting allocates nothing once it has grown. One thread at a time.
class Values {
 public:
  /// `json_depth` is the policy's SecRequestBodyJsonDepthLimit. `reads_xml`: of XML nothing but the paths /* and //@*
  /// is asked for; else such bodies are the library's.
  explicit Values(std::uint32_t json_depth = 64, bool reads_xml = true)
      : json_depth_(json_depth), reads_xml_(reads_xml) {}

  /// Phase 1: everything but the body. Replaces what was there.
  void collect_head(const Request& request);
  /// Phase 2, after collect_head of the same request: adds what the body says: ARGS, ARGS_POST, FILES, MULTIPART_*,
  /// REQUEST_BODY, REQBODY_*, FULL_REQUEST.
  void collect_body(const Request& request);

  /// Of a variable with data of the request; one item for those that are no collections, with an empty value if
  /// nothing has set it, as in the library (RESPONSE_* are so, too). Nothing for variables that are not of the request
  /// (TX, UNIQUE_ID, DURATION, MATCHED_*, ...). FULL_REQUEST is put together when asked for, which allocates.
  std::span<const Item> of(Variable variable) const;
  /// Why this request cannot be judged here and is the library's (a DTD, a malformed multipart body); empty if it can.
  /// What `of` gives is not complete then.
  std::string_view doubt() const { return doubt_; }

 private:
  friend class JsonReader;
  friend class MultipartReader;

  /// BodyType is what the library takes the body for by its Content-Type alone.
  enum class BodyType : std::uint8_t { unknown, form, multipart };

  /// Pairs is a collection that comes with one of its names.
  struct Pairs {
    std::vector<Item> values;
    std::vector<Item> names;

    void add(std::string_view name, std::string_view value) {
      values.push_back({name, value});
      names.push_back({name, name});
    }
    void clear() {
      values.clear();
      names.clear();
    }
  };

  void clear();
  void set(Variable variable, std::string_view value) { singles_[static_cast<std::size_t>(variable)].value = value; }
  void set_doubt(std::string_view why) { doubt_ = doubt_.empty() ? why : doubt_; }
  void sum_arguments();

  void collect_connection(const Request& request);
  void collect_uri(const Request& request);
  void collect_path(std::string_view uri);
  void collect_fields(const Request& request);
  void collect_content_type(std::string_view value);
  void collect_cookies(std::string_view field);
  void collect_pairs(std::string_view text);
  void collect_json(std::string_view body);
  void collect_xml(std::string_view body);
  void set_body_error(bool is_malformed);
  void collect_multipart(std::string_view body);
  void collect_whole(std::string_view body);
  void add_argument(std::string_view name, std::string_view value);
  std::string_view decoded(std::string_view text, char plus);
  const Item& full_request() const;

  std::uint32_t json_depth_;
  bool reads_xml_;
  mutable std::array<Item, variable_count> singles_{};  // by variable; mutable for FULL_REQUEST
  mutable std::string full_request_;
  Pairs arguments_;              // of the query, then of the body
  std::size_t of_query_ = 0;     // arguments of ARGS_GET
  std::size_t before_post_ = 0;  // arguments that are not of ARGS_POST
  std::size_t argument_bytes_ = 0;
  Pairs fields_;
  Pairs cookies_;
  std::vector<Item> files_;
  std::vector<Item> files_names_;
  std::vector<Item> files_sizes_;
  std::vector<Item> multipart_filenames_;
  std::vector<Item> multipart_names_;
  std::vector<Item> part_headers_;
  std::vector<Item> xml_;  // named by their paths
  std::string_view content_type_;
  BodyType body_type_ = BodyType::unknown;
  Arena arena_;
  JsonPath json_path_;
  std::string part_value_;  // of a part of more than one line, while it is read
  std::string_view doubt_;
};

}  // namespace ravelin::waf::plan
