#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "ravelin/message.h"

namespace ravelin::http::http2 {

/// FieldsOut lays fields out as nghttp2 takes them, on the stack for a common head. It keeps views:
/// nghttp2's submit functions copy.
class FieldsOut {
 public:
  /// A response's head: :status, its fields, and Content-Length as the body says.
  explicit FieldsOut(const ResponseHead& head);
  /// A request's head: pseudo fields, its fields, and Content-Length. With `head.protocol` it is an
  /// extended CONNECT (RFC 8441).
  explicit FieldsOut(const RequestHead& head);
  explicit FieldsOut(const HeaderList& fields);
  FieldsOut(const FieldsOut&) = delete;
  FieldsOut& operator=(const FieldsOut&) = delete;

  const nghttp2_nv* data() const { return many_.empty() ? few_.data() : many_.data(); }
  std::size_t size() const { return size_; }

 private:
  void reserve(std::size_t size);
  void add_all(const HeaderList& fields);
  void add(const Field& field);
  void add_length(std::uint64_t size);

  std::array<nghttp2_nv, 40> few_;
  std::vector<nghttp2_nv> many_;
  std::size_t size_ = 0;
  std::array<char, 3> status_{};
  std::array<char, 20> length_{};
  std::string path_;  // with the query
};

}  // namespace ravelin::http::http2
