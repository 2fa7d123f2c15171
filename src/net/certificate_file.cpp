#include "net/certificate_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <system_error>

#include "net/tls_context.h"

namespace ravelin::net {

namespace {

Error failure(const std::string& sentence) {
  ERR_clear_error();
  return {"local:certificate", sentence};
}

Result<OpensslPtr<BIO>> open_file(const std::string& path, std::string_view what) {
  OpensslPtr<BIO> file(BIO_new_file(path.c_str(), "r"));
  if (file != nullptr) return file;
  const std::string why = std::generic_category().message(errno);
  return failure("cannot read " + std::string(what) + " " + path + ": " + why + "; check the path and who may read it");
}

// An encrypted key must not make a daemon ask for its passphrase on a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<void> read_chain(CertificateFile& into) {
  auto file = open_file(into.path, "certificate");
  if (!file) return std::move(file).error();
  into.leaf.reset(PEM_read_bio_X509(file->get(), nullptr, no_passphrase, nullptr));
  if (into.leaf == nullptr)
    return failure(into.path + " holds no certificate in PEM form; it must begin with -----BEGIN CERTIFICATE-----");
  into.chain.reset(sk_X509_new_null());
  while (X509* next = PEM_read_bio_X509(file->get(), nullptr, no_passphrase, nullptr))
    sk_X509_push(into.chain.get(), next);
  // Ends with "no start line" at the end of the file; anything else is a broken certificate.
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
    return failure(into.path + ": certificate " + std::to_string(sk_X509_num(into.chain.get()) + 2) +
                   " is damaged: " + take_openssl_error() + "; issue or copy the file again");
  ERR_clear_error();
  return {};
}

Result<void> read_key(CertificateFile& into, const std::string& path) {
  auto file = open_file(path, "key");
  if (!file) return std::move(file).error();
  into.key.reset(PEM_read_bio_PrivateKey(file->get(), nullptr, no_passphrase, nullptr));
  if (into.key == nullptr)
    return failure(path + " holds no key that can be read: " + take_openssl_error() +
                   "; it must be in PEM form and without a passphrase");
  if (X509_check_private_key(into.leaf.get(), into.key.get()) != 1)
    return failure(path + " is not the key of the certificate in " + into.path +
                   "; give the key the certificate was issued for, and the server's certificate first in its file");
  struct stat status;
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0)
    into.warnings.push_back(path + " may be read by everyone on this machine; chmod it to 0640 or less");
  return {};
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

void read_common_name(CertificateFile& into) {
  const X509_NAME* const subject = X509_get_subject_name(into.leaf.get());
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return;
  const std::string_view name = text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (name.find('.') != name.npos && name.find('\0') == name.npos) into.names.push_back(lower(name));
}

// RFC 6125 section 6.4.4: the common name counts only if there is no alternative name.
void read_names(CertificateFile& into) {
  const OpensslPtr<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(into.leaf.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const std::string_view text = text_of(name->d.dNSName);
    if (!text.empty() && text.find('\0') == text.npos) into.names.push_back(lower(text));
  }
  if (names == nullptr) read_common_name(into);
  if (into.names.empty())
    into.warnings.push_back(into.path + " names no host; it is used only where it is a listener's first certificate");
}

// Some certificates are to last until the year 9999, beyond what 64 bits of nanoseconds count (2262).
WallTime to_wall(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  const std::chrono::seconds latest = std::chrono::floor<std::chrono::seconds>(Duration::max());
  return WallTime(std::clamp(std::chrono::seconds(timegm(&parts)), -latest, latest));
}

std::string day(WallTime time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

// Who renews in time does so before: at a third of the life of those that last a few days only.
bool expires_soon(const CertificateFile& file, WallTime now) {
  const Duration life = file.not_after - file.not_before;
  return file.not_after - now < std::min<Duration>(std::chrono::days(7), life / 4);
}

void check_dates(CertificateFile& file, WallTime now) {
  file.not_before = to_wall(X509_get0_notBefore(file.leaf.get()));
  file.not_after = to_wall(X509_get0_notAfter(file.leaf.get()));
  if (now > file.not_after)
    file.warnings.push_back(file.path + " expired on " + day(file.not_after) + "; clients refuse it: renew it");
  else if (now < file.not_before)
    file.warnings.push_back(file.path + " is not valid before " + day(file.not_before) +
                            "; clients refuse it: check the clock of this machine");
  else if (expires_soon(file, now))
    file.warnings.push_back(file.path + " expires on " + day(file.not_after) + ": renew it");
}

void check_chain(CertificateFile& file) {
  X509* below = file.leaf.get();
  for (int i = 0; i < sk_X509_num(file.chain.get()); ++i) {
    X509* const above = sk_X509_value(file.chain.get(), i);
    if (X509_check_issued(above, below) != X509_V_OK) {
      file.warnings.push_back(file.path + ": certificate " + std::to_string(i + 2) + " did not issue certificate " +
                              std::to_string(i + 1) + "; order the file from the server's certificate upwards");
      return;
    }
    below = above;
  }
}

}  // namespace

Result<CertificateFile> read_certificate(const std::string& cert_path, const std::string& key_path, WallTime now) {
  ERR_clear_error();
  CertificateFile file;
  file.path = cert_path;
  if (auto read = read_chain(file); !read) return std::move(read).error();
  if (auto read = read_key(file, key_path); !read) return std::move(read).error();
  read_names(file);
  check_dates(file, now);
  check_chain(file);
  ERR_clear_error();
  return file;
}

FileStamp stamp_of(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_size,
          std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec)};
}

}  // namespace ravelin::net
