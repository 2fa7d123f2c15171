#pragma once

#include "config/node.h"
#include "config/problem.h"

namespace ravelin::config {

/// Adds a further file's tree: maps merge, lists append, a key set twice is a problem.
void merge(Node& into, Node from, Problems& problems);

/// Completes each route's overrides of modules: the global section first, the route's keys on top.
void complete_overrides(Node& root, Problems& problems);

}  // namespace ravelin::config
