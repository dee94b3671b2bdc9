// The sanitizers ask these functions, by their names, what to leave out of their reports; every
// unit test program is linked with them. NOLINTBEGIN(readability-identifier-naming)

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions();

/// libx265 3.5 keeps strings of its parameters and buffers of its frame filter.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libx265.so\n";
}

/// Debian's libraries are built without ThreadSanitizer, which therefore does not see the atomic
/// counts that their threads share buffers by (libav's frame threads, SVT-AV1's queues), and calls
/// the last unref a race.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libavutil.so\nrace:libavcodec.so\nrace:libSvtAv1Enc.so\n";
}

// NOLINTEND(readability-identifier-naming)
