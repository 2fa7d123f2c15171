#include "proxy/encoder.h"

namespace ravelin::proxy {

std::string_view name_of(Coding coding) {
  switch (coding) {
    case Coding::gzip: return "gzip";
    case Coding::br: return "br";
    case Coding::zstd: return "zstd";
  }
  return "";
}

std::unique_ptr<Encoder> make_encoder(Coding coding, std::uint32_t level) {
  switch (coding) {
    case Coding::gzip: return make_gzip_encoder(level);
    case Coding::br: return make_brotli_encoder(level);
    case Coding::zstd: return make_zstd_encoder(level);
  }
  return nullptr;
}

}  // namespace ravelin::proxy
