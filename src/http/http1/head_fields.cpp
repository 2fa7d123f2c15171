#include "http/http1/head_fields.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "http/chars.h"
#include "http/fields.h"
#include "http/http1/field_lines.h"

namespace ravelin::http::http1 {

namespace {

Error refused(std::string_view code, std::string message, int status = 400) {
  return Error{code, std::move(message), Side::client, status};
}

}  // namespace

Result<void> HeadFields::read(std::string_view lines, std::size_t most) {
  auto* const text = static_cast<char*>(fields_.arena().allocate(lines.size()));
  if (!lines.empty()) std::memcpy(text, lines.data(), lines.size());
  FieldLines line(text, lines.size());
  for (std::size_t count = 1; line.next(); ++count) {
    if (count > most) return refused("http:too_many_fields", "there are more field lines than allowed", 431);
    has_odd_names_ |= line.is_odd();
    if (auto sorted = sort(line.name(), line.value()); !sorted) return sorted;
  }
  if (line.fault() != FieldLines::Fault::none) return line.error();
  return {};
}

// By length first: most names are told apart by it alone.
Result<void> HeadFields::sort(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (name != "host") break;
      ++hosts_;
      host_ = value;
      return {};
    case 6:
      if (name != "expect") break;
      read_expect(value);
      return {};
    case 7:
      if (name != "upgrade") break;
      ++upgrades_;
      upgrade_ = value;
      return {};
    case 10:
      if (name != "connection") break;
      return read_connection(value);
    case 14:
      if (name != "content-length") break;
      return framing_.add_content_length(value);
    case 17:
      if (name != "transfer-encoding") break;
      return framing_.add_transfer_encoding(value);
    default: break;
  }
  if (!is_hop_by_hop(name)) fields_.add_view(name, value);
  return {};
}

Result<void> HeadFields::read_connection(std::string_view value) {
  ListItems items(value);
  while (const auto item = items.next()) {
    if (equals_ignoring_case(*item, "close")) {
      has_close_ = true;
    } else if (equals_ignoring_case(*item, "keep-alive")) {
      has_keep_alive_ = true;
    } else if (equals_ignoring_case(*item, "upgrade")) {
      has_upgrade_ = true;
    } else if (!is_token(*item) || options_count_ == most_options) {
      return refused("http:connection_option", "a Connection field is not a list of a few tokens");
    } else {
      options_[options_count_++] = lower_copy(fields_.arena(), *item);
    }
  }
  return {};
}

bool HeadFields::is_upgrade_plain() const { return is_token(upgrade_) && upgrade_.size() <= longest_protocol; }

void HeadFields::read_expect(std::string_view value) {
  if (equals_ignoring_case(value, "100-continue")) {
    expects_continue_ = true;
  } else {
    expects_other_ = true;
  }
}

Result<void> HeadFields::remove_named() {
  for (std::size_t i = 0; i < options_count_; ++i) {
    if (!may_be_connection_option(options_[i]))
      return refused("http:connection_option",
                     "a Connection field names '" + std::string(options_[i]) + "', which is not the connection's");
    if (!is_hop_by_hop(options_[i])) fields_.remove(options_[i]);
  }
  return {};
}

std::span<const std::string_view> HeadFields::keep_named() {
  if (options_count_ == 0) return {};
  void* const room = fields_.arena().allocate(options_count_ * sizeof(std::string_view), alignof(std::string_view));
  auto* const kept = static_cast<std::string_view*>(room);
  std::uninitialized_copy_n(options_.begin(), options_count_, kept);
  return {kept, options_count_};
}

}  // namespace ravelin::http::http1
