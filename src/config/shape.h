#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/load.h"

namespace ravelin::config {

/// ModuleList binds `modules:`, a list of `- NAME: {...}`; NAME chooses the struct that is read.
struct ModuleList {
  std::vector<ModuleEntry>& entries;
  Known known;
  void bind_value(Binder& b);
};

/// ModuleOverrides binds a route's `modules:`, a map from NAME.
struct ModuleOverrides {
  std::map<std::string, ModuleEntry>& entries;
  Known known;
  void bind_value(Binder& b);
};

struct RouteList {
  std::vector<Route>& routes;
  Known known;
  void bind_value(Binder& b);
};

struct RouteShape {
  Route& route;
  Known known;
  void bind(Binder& b);
  void check_answers(Binder& b) const;
};

/// ConfigShape binds the whole file, given the modules there are.
struct ConfigShape {
  Config& config;
  Known known;
  void bind(Binder& b);
};

/// An entry of defaults for the module of this name, or an empty one if there is none.
ModuleEntry make_entry(std::string_view name, Known known);

}  // namespace ravelin::config
