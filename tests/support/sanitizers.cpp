// The sanitizers ask these functions, by their names, what to leave out of their reports; every
// unit test program is linked with them. NOLINTBEGIN(readability-identifier-naming)

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions();

/// libx265 3.5 keeps strings of its parameters and buffers of its frame filter.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libx265.so\n";
}

/// Debian's libav is built without ThreadSanitizer, which therefore does not see the atomic
/// reference counts that its frame threads share buffers by, and calls the last unref a race.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libavutil.so\nrace:libavcodec.so\n";
}

// NOLINTEND(readability-identifier-naming)
