#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "proxy/encoder.h"
#include "ravelin/message.h"

namespace ravelin::proxy {

/// The weight in thousandths that `text` says, which follows the name of an item: nothing or ";q=0.5" (RFC 9110 section
/// 12.4.2). None if it is malformed.
std::optional<int> read_weight_parameter(std::string_view text);

/// AcceptEncoding is what a request's Accept-Encoding fields say, all of them as one list (RFC 9110
/// section 12.5.3). An item that is malformed counts as one that is refused; codings that this gateway
/// does not know are passed over.
class AcceptEncoding {
 public:
  explicit AcceptEncoding(const HeaderList& fields);

  /// Of `offered`, in the order of preference, the coding that the client likes best; none if it likes
  /// the body as it is better, or asks for nothing. A client that says nothing may not understand any.
  std::optional<Coding> choose(std::span<const Coding> offered) const;

 private:
  // Thousandths; -1: not named.
  using Weight = int;
  static constexpr Weight unnamed = -1;

  void read(std::string_view item);
  Weight weight_of(Coding coding) const;

  std::array<Weight, config::codings_in_all> weights_{unnamed, unnamed, unnamed};
  Weight identity_ = unnamed;
  Weight any_other_ = unnamed;  // of "*"
};

}  // namespace ravelin::proxy
