#pragma once

#include <vector>

#include "ravelin/schema.h"

namespace ravelin::access {

struct Config final : Section {
  std::vector<Prefix> allow;
  std::vector<Prefix> deny;
  std::vector<FilePath> allow_files;
  std::vector<FilePath> deny_files;
  bool at_accept = true;

  void bind(Binder& b) override {
    b.key("allow", allow, "If any is given, only clients in these blocks are let in.");
    b.key("deny", deny, "Clients in these blocks are refused, also those that `allow` names.");
    b.key("allow_files", allow_files, "Files with further blocks for `allow`, one per line; '#' starts a comment.");
    b.key("deny_files", deny_files, "Files with further blocks for `deny`, one per line; '#' starts a comment.");
    b.key(
        "at_accept", at_accept,
        "Close the connection of a refused client before TLS, unless it comes through a trusted proxy. Turn off where "
        "a route lets in more clients than the list of modules does.");
    b.not_available("countries");
  }
};

}  // namespace ravelin::access
