#include "routing/rewrite.h"

#include <utility>

#include "ravelin/path.h"

namespace ravelin::routing {
namespace {

Error refused(std::string message) { return {"route:rewrite", std::move(message), Side::client, 400}; }

}  // namespace

std::string as_query_value(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string value;
  for (const char c : path) {
    if (std::string_view("&=+;").find(c) == std::string_view::npos) {
      value += c;
    } else {
      value.append({'%', digits[static_cast<unsigned char>(c) >> 4], digits[static_cast<unsigned char>(c) & 15]});
    }
  }
  return value;
}

Result<Rewrite> Rewrite::compile(const config::Rewrite& section, const config::Match& match, std::size_t longest) {
  Rewrite made;
  made.longest_ = longest;
  if (section.regex.empty()) {
    made.kind_ = Kind::prefix;
    made.from_ = match.path_prefix.empty() ? "/" : match.path_prefix;
    made.prefix_ = section.prefix;
    return made;
  }
  made.kind_ = Kind::regex;
  auto pattern = Pattern::compile(section.regex);
  if (!pattern) return std::move(pattern).error();
  made.pattern_ = std::move(*pattern);
  if (auto split = made.split(section.to); !split) return std::move(split).error();
  return made;
}

// Until the first '?' it is the path, behind it the query.
Result<void> Rewrite::split(std::string_view to) {
  std::vector<Part>* parts = &path_;
  parts->emplace_back();
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] == '?' && !query_) {
      parts = &query_.emplace(1);
    } else if (to[i] == '$' && to[i + 1] != '$') {
      const int group = to[++i] - '0';
      if (static_cast<std::size_t>(group) > pattern_->groups()) {
        return Error{"config:regex", "there is no group $" + std::to_string(group) + " in 'regex', which has " +
                                         std::to_string(pattern_->groups())};
      }
      parts->push_back({{}, group});
      parts->emplace_back();
    } else {
      if (to[i] == '$') ++i;
      parts->back().text += to[i];
    }
  }
  return {};
}

Result<void> Rewrite::apply(RequestHead& head) const {
  if (kind_ == Kind::none || head.path == "*") return {};
  if (kind_ == Kind::prefix) return set(head, with_prefix(head.path), std::nullopt);
  auto groups = pattern_->match(head.path);
  if (!groups) return std::move(groups).error();
  if (!*groups) return {};
  const std::string path = expand(path_, **groups);
  if (!query_) return set(head, path, std::nullopt);
  for (std::string escaped; auto& group : **groups) {
    escaped = as_query_value(group);
    if (escaped.size() != group.size()) group = head.arena.copy(escaped);
  }
  return set(head, path, expand(*query_, **groups));
}

// The router has found that the path begins with the prefix. Where both ends of the seam have a '/', one is
// enough.
std::string Rewrite::with_prefix(std::string_view path) const {
  std::string_view rest = rest_after(path, from_).value_or("");
  if (prefix_.ends_with('/') && rest.starts_with('/')) rest.remove_prefix(1);
  return prefix_ + std::string(rest);
}

std::string Rewrite::expand(const std::vector<Part>& parts, const Groups& groups) {
  std::string text;
  for (const Part& part : parts) {
    if (part.group < 0) {
      text += part.text;
    } else if (static_cast<std::size_t>(part.group) < groups.size()) {  // the last ones may have taken no part
      text += groups[static_cast<std::size_t>(part.group)];
    }
  }
  return text;
}

// A dot segment or a "//" that has come about at a seam is refused rather than resolved: it would lead out
// of where the route was to lead.
Result<void> Rewrite::set(RequestHead& head, std::string_view path, std::optional<std::string_view> query) const {
  if (path.size() + query.value_or("").size() > longest_) return refused("the new target is longer than request_uri");
  Target target{head.arena.copy(path), head.query, head.has_query};
  const auto canonical = canonical_path(head.arena, target.path);
  if (!canonical) return refused("no path can be made of this one: " + canonical.error().message);
  if (*canonical != target.path) return refused("the new path '" + std::string(path) + "' is not canonical");
  if (query) target = {target.path, head.arena.copy(*query), true};
  head.rewritten = target;
  return {};
}

}  // namespace ravelin::routing
