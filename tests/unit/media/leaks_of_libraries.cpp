// LeakSanitizer asks this function which leaks are not the program's. It is called by its name, so
// it needs no declaration elsewhere.

extern "C" const char* __lsan_default_suppressions();  // NOLINT(readability-identifier-naming)

/// libx265 3.5 keeps strings of its parameters and buffers of its frame filter.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(readability-identifier-naming)
  return "leak:libx265.so\n";
}
