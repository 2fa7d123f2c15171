#include "cli/commands.h"
#include "modules/builtin.h"

int main(int argc, char** argv) { return ravelin::cli::main(argc, argv, ravelin::builtin_modules()); }
