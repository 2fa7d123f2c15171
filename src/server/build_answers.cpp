#include "server/build_answers.h"

#include <utility>

#include "config/environment.h"
#include "proxy/fixed_response.h"

namespace ravelin::server {
namespace {

// A response is sent in pieces, so its size costs memory once; a page is made anew for each refusal, of
// which anybody can cause many.
constexpr std::size_t largest_response = 1024 * 1024;
constexpr std::size_t largest_page = 64 * 1024;

// RFC 8555 section 8.3: tokens are asked for without TLS, often before there is a certificate.
bool is_acme_challenge(const config::Match& match) {
  constexpr std::string_view challenges = "/.well-known/acme-challenge";
  return match.path.starts_with(challenges) || match.path_prefix.starts_with(challenges);
}

}  // namespace

void AnswerBuilder::build(proxy::Generation& generation) {
  for (const config::Listener& listener : config_.listeners) {
    const auto& redirect = listener.redirect_to_https.set;
    if (redirect)
      generation.https_redirects.push_back({listener.name, {redirect->port, redirect->status, listener.place}});
  }
  build_pages(generation.error_pages, config_.error_pages, "error_pages");
}

void AnswerBuilder::build(proxy::Route& route, const config::Route& section, const std::string& at) {
  route.canonical_host = section.canonical_host;
  route.is_acme_challenge = is_acme_challenge(section.match);
  if (section.redirect) route.redirect.emplace(section.redirect->to, section.redirect->status);
  if (section.respond) build_respond(route, *section.respond, at + ".respond");
  if (section.rewrite) build_rewrite(route, section, at + ".rewrite");
  build_pages(route.error_pages, section.error_pages, at + ".error_pages");
}

void AnswerBuilder::build_respond(proxy::Route& route, const config::Respond& section, const std::string& at) {
  if (section.file.is_empty()) return void(route.respond.emplace(section, section.body));
  auto content = read(section.file, largest_response, at + ".file");
  if (content) route.respond.emplace(section, std::move(*content));
}

void AnswerBuilder::build_rewrite(proxy::Route& route, const config::Route& section, const std::string& at) {
  auto rewrite = routing::Rewrite::compile(*section.rewrite, section.match, config_.limits.request_uri.bytes);
  if (rewrite) {
    route.rewrite = std::move(*rewrite);
  } else {
    error(at + ".regex", rewrite.error().message);
  }
}

void AnswerBuilder::build_pages(proxy::ErrorPages& pages, const config::ErrorPages& section, const std::string& at) {
  for (const auto& [status, file] : section) {
    auto content = read(file, largest_page, at + "." + status);
    if (content) pages.add(status, proxy::ErrorPage(*content, proxy::media_type_of(file.path)));
  }
}

std::optional<std::string> AnswerBuilder::read(const FilePath& file, std::size_t largest, const std::string& at) {
  auto content = config::ProcessEnvironment().read_file(file.path, largest);
  if (content) return std::move(*content);
  error(at, content.error().message);
  return std::nullopt;
}

void AnswerBuilder::error(const std::string& at, const std::string& message) {
  problems_.error(config_.place_of(at), at, message);
}

}  // namespace ravelin::server
