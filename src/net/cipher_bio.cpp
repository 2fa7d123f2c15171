#include "net/cipher_bio.h"

namespace ravelin::net {

namespace {

CipherEnds& ends_of(BIO* bio) { return *static_cast<CipherEnds*>(BIO_get_data(bio)); }

int read(BIO* bio, char* into, std::size_t size, std::size_t* got) {
  BIO_clear_retry_flags(bio);
  const auto drawn = ends_of(bio).draw({reinterpret_cast<std::byte*>(into), size});
  *got = drawn.bytes;
  if (drawn.bytes > 0) return 1;
  if (drawn.status == IoStatus::blocked) BIO_set_retry_read(bio);
  return 0;
}

int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* taken) {
  BIO_clear_retry_flags(bio);
  ends_of(bio).put({bytes, size});
  *taken = size;
  return 1;
}

long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

BIO_METHOD* make_method() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "cipher");
  BIO_meth_set_read_ex(method, read);
  BIO_meth_set_write_ex(method, write);
  BIO_meth_set_ctrl(method, control);
  BIO_meth_set_create(method, create);
  return method;
}

}  // namespace

OpensslPtr<BIO> make_cipher_bio(CipherEnds& ends) {
  // A table of functions, made on first use because OpenSSL offers no constant form of it.
  static const BIO_METHOD* const method = make_method();
  OpensslPtr<BIO> bio(BIO_new(method));
  if (bio != nullptr) BIO_set_data(bio.get(), &ends);
  return bio;
}

}  // namespace ravelin::net
