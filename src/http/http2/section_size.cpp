#include "http/http2/section_size.h"

namespace ravelin::http::http2 {

void SectionSize::add(std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size() + 32;
  if (name == "cookie")
    ++crumbs_;
  else if (name.front() != ':')
    ++fields_;
}

}  // namespace ravelin::http::http2
