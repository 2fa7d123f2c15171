#pragma once

#include "config/load.h"

namespace ravelin::cli {

/// Exit codes, as promised in docs/operations.md.
enum Exit : int { fine = 0, failed = 1, usage = 2, verdict_differs = 3, unreachable = 4, not_started = 5 };

/// Runs the command that the arguments name; returns the exit code.
int main(int argc, char** argv, config::Known modules);

}  // namespace ravelin::cli
