#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "http/framing_rules.h"
#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http::http1 {

/// HeadFields reads the field lines of one head. Those that an origin or client may see go to the
/// head's list; those about this connection and the framing are kept here.
class HeadFields {
 public:
  /// Options of Connection fields beyond the usual ones: more is not a sane message.
  static constexpr std::size_t most_options = 16;

  /// Bytes of a protocol's name.
  static constexpr std::size_t longest_protocol = 32;

  explicit HeadFields(HeaderList& fields) : fields_(fields) {}

  /// Copies `lines` (each with its CRLF) into the list's arena and sorts them. At most `most`: beyond
  /// is http:too_many_fields, 431. Errors are the client's.
  Result<void> read(std::string_view lines, std::size_t most);
  /// Removes the fields that Connection options name. One that names a field meant for everybody is
  /// an attempt to strip it: http:connection_option, 400.
  Result<void> remove_named();
  /// The names of such fields, in the list's arena: they may not come as trailers either.
  std::span<const std::string_view> keep_named();

  const FramingFields& framing() const { return framing_; }
  std::size_t hosts() const { return hosts_; }
  std::string_view host() const { return host_; }
  bool has_odd_names() const { return has_odd_names_; }
  /// The protocol that the sender names in its one Upgrade field, if Connection says that it may (RFC 9110
  /// section 7.8); empty if it names none, or several. As written, in the list's arena.
  std::string_view upgrade() const { return has_upgrade_ && upgrades_ == 1 && is_upgrade_plain() ? upgrade_ : ""; }
  bool expects_continue() const { return expects_continue_; }
  bool expects_other() const { return expects_other_; }

  /// Whether the sender lets the connection persist (RFC 9112 section 9.3).
  bool may_persist(Version version) const { return !has_close_ && (version != Version::http10 || has_keep_alive_); }

 private:
  Result<void> sort(std::string_view name, std::string_view value);
  Result<void> read_connection(std::string_view value);
  void read_expect(std::string_view value);
  bool is_upgrade_plain() const;

  HeaderList& fields_;
  FramingFields framing_;
  std::size_t hosts_ = 0;
  std::string_view host_;
  bool has_close_ = false;
  bool has_keep_alive_ = false;
  bool has_odd_names_ = false;
  bool expects_continue_ = false;
  bool expects_other_ = false;
  bool has_upgrade_ = false;  // as an option of Connection
  std::size_t upgrades_ = 0;
  std::string_view upgrade_;
  std::size_t options_count_ = 0;
  std::array<std::string_view, most_options> options_;
};

}  // namespace ravelin::http::http1
