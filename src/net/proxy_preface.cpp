#include "net/proxy_preface.h"

namespace ravelin::net {

// A header that is not whole takes everything there is: only behind a whole one can there be more.
Result<std::size_t> ProxyPreface::take(std::string_view next) {
  const std::size_t before = text_.size();
  text_.append(next);
  auto header = read_proxy_header(text_);
  if (!header) return std::move(header).error();
  if (!*header) return next.size();
  is_whole_ = true;
  if (auto told = events_.on_proxy_header(**header); !told) return std::move(told).error();
  return (*header)->size - before;
}

Result<void> ProxyPreface::end() const {
  if (text_.empty()) return {};
  return Error{"proxy:malformed", "the connection ended amid its PROXY protocol header", Side::client};
}

}  // namespace ravelin::net
