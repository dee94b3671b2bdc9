/* A plugin in plain C that does what its parameter says, right and wrong. */

#include <s3reel/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct trial {
  char what[32];
  long calls;
  s3reel_frame* kept;
} trial;

static const char* parameter(
    const s3reel_parameter* const* list, size_t count, const char* name, const char* fallback) {
  for (size_t i = 0; i < count; ++i) {
    if (strcmp(list[i]->name, name) == 0) {
      return list[i]->value;
    }
  }
  return fallback;
}

static const char* const kUnknown[] = {"nosuchformat", NULL};

static int32_t describe(
    const s3reel_host* host,
    const s3reel_parameter* const* parameters,
    size_t count,
    s3reel_contract* contract) {
  const char* what = parameter(parameters, count, "do", "nothing");
  if (strcmp(what, "refuse") == 0) {
    host->fail(host->context, "do=refuse is refused");
    return 1;
  }
  contract->temporal = S3REEL_STATELESS;
  if (strcmp(what, "unknown") == 0) {
    contract->formats = kUnknown;
  } else if (strcmp(what, "delay") == 0) {
    contract->temporal = S3REEL_WINDOW;
    contract->after = 1;
  } else if (strcmp(what, "half") == 0) {
    contract->changes_rate = 1;
    contract->temporal = S3REEL_SEQUENTIAL;
  } else if (strcmp(what, "write") == 0 || strcmp(what, "tear") == 0) {
    contract->in_place = 1;
  }
  return 0;
}

static int32_t open_trial(
    const s3reel_host* host,
    const s3reel_parameter* const* parameters,
    size_t count,
    void** instance) {
  trial* made = calloc(1, sizeof *made);
  if (made == NULL) {
    host->fail(host->context, "no memory");
    return 1;
  }
  snprintf(made->what, sizeof made->what, "%s", parameter(parameters, count, "do", "nothing"));
  *instance = made;
  host->log(host->context, 0, "trial is open");
  return 0;
}

static int is(const trial* one, const char* what) { return strcmp(one->what, what) == 0; }

static int32_t push(void* instance, const s3reel_host* host, s3reel_frame* frame) {
  trial* const self = instance;
  const long call = self->calls++;
  if (is(self, "fail") && frame->pts * frame->time_base_num >= frame->time_base_den / 5) {
    host->fail(host->context, "out of ink");
    return 7;
  }
  if (is(self, "silent")) {
    return 7;
  }
  if (is(self, "half") && call % 2 == 1) {
    return 0;
  }
  if (is(self, "drop")) {
    return 0;
  }
  if (is(self, "later")) {
    frame->pts += 1;
  }
  if (is(self, "smaller")) {
    s3reel_frame* made =
        host->create(host->context, frame, frame->format, frame->width / 2, frame->height / 2);
    return made == NULL ? 1 : host->emit(host->context, made);
  }
  if (is(self, "copy")) {
    s3reel_frame* made =
        host->create(host->context, frame, frame->format, frame->width, frame->height);
    if (made == NULL) {
      return 1;
    }
    for (int row = 0; row < made->height; ++row) {
      memcpy(
          made->data[0] + row * made->stride[0],
          frame->data[0] + row * frame->stride[0],
          (size_t)frame->width);
    }
    return host->emit(host->context, made);
  }
  if (is(self, "write") || is(self, "tear")) {
    memset(frame->data[0], 16, (size_t)frame->width);
  }
  const int64_t tenths = 10 * frame->pts * frame->time_base_num / frame->time_base_den;
  if (is(self, "tear") && (tenths == 2 || tenths == 4)) {
    host->fail(host->context, "torn");
    return 7;
  }
  if (is(self, "delay")) {
    s3reel_frame* const before = self->kept;
    self->kept = host->keep(host->context, frame);
    return before == NULL ? 0 : host->emit(host->context, before);
  }
  return host->emit(host->context, frame);
}

static int32_t flush(void* instance, const s3reel_host* host) {
  trial* const self = instance;
  if (self->kept == NULL) {
    return 0;
  }
  s3reel_frame* const last = self->kept;
  self->kept = NULL;
  return host->emit(host->context, last);
}

static void close_trial(void* instance) { free(instance); }

#ifndef PLUGIN_SIZE
#define PLUGIN_SIZE sizeof(s3reel_plugin)
#endif

static const s3reel_plugin kPlugin = {
    PLUGIN_SIZE,
#ifdef WRONG_ABI
    S3REEL_PLUGIN_ABI + 1,
#else
    S3REEL_PLUGIN_ABI,
#endif
    "trial",
    "1.0",
    "does as it is told",
#ifdef NO_DESCRIBE
    NULL,
#else
    describe,
#endif
    open_trial,
    push,
    flush,
    close_trial};

#ifndef NO_ENTRY
__attribute__((visibility("default"))) const s3reel_plugin* s3reel_plugin_entry(void) {
#ifdef NO_PLUGIN
  return NULL;
#else
  return &kPlugin;
#endif
}
#endif
