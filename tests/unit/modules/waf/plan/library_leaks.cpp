// What libmodsecurity 3.0.9 itself does not give back: trees of @ipMatch, rules of a text that it refuses, values of
// collections picked by a pattern. Asked for by the leak sanitizer, unused without it.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libmodsecurity.so\n"; }
