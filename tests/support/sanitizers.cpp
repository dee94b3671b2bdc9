// The sanitizers ask these functions, by their names, what to leave out of their reports; every
// unit test program is linked with them. NOLINTBEGIN(readability-identifier-naming)

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions();

/// libx265 3.5 keeps strings of its parameters and buffers of its frame filter.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libx265.so\n";
}

/// Debian's libraries are built without ThreadSanitizer, which therefore does not see the atomic
/// counts that their threads share buffers by (libav's frame threads, the queues of x265 and
/// SVT-AV1), and calls the last unref a race. A second signal ends the process without a join.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libavutil.so\nrace:libavcodec.so\nrace:libx265.so\nrace:libSvtAv1Enc.so\n"
         "thread:SignalWatcher\n";
}

// NOLINTEND(readability-identifier-naming)
