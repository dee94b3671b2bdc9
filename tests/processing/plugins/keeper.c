/* A plugin in plain C that keeps, makes and hands over frames as its parameter says. */

#include <s3reel/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kMost = 64 };

typedef struct keeper {
  char what[32];
  const s3reel_host* host; /* that of open() */
  s3reel_frame* kept[kMost];
  int count;
} keeper;

static const char* wanted(const s3reel_parameter* const* list, size_t count) {
  return count == 1 && strcmp(list[0]->name, "do") == 0 ? list[0]->value : "";
}

static int32_t describe(
    const s3reel_host* host,
    const s3reel_parameter* const* parameters,
    size_t count,
    s3reel_contract* contract) {
  const char* what = wanted(parameters, count);
  contract->temporal = S3REEL_SEQUENTIAL;
  contract->changes_rate = strncmp(what, "later", 5) == 0;
  contract->in_place = strcmp(what, "share") == 0 || strcmp(what, "own") == 0;
  if (strcmp(what, "temporal") == 0) {
    contract->temporal = 7;
  }
  return 0;
}

static int32_t open_keeper(
    const s3reel_host* host,
    const s3reel_parameter* const* parameters,
    size_t count,
    void** instance) {
  keeper* const made = calloc(1, sizeof *made);
  snprintf(made->what, sizeof made->what, "%s", wanted(parameters, count));
  made->host = host;
  *instance = made;
  return 0;
}

static int is(const keeper* self, const char* what) { return strcmp(self->what, what) == 0; }

static int32_t fail(const s3reel_host* host, const char* reason) {
  host->fail(host->context, reason);
  return 1;
}

static int32_t keep_one(keeper* self, const s3reel_host* host, s3reel_frame* frame) {
  s3reel_frame* const kept = self->count < kMost ? host->keep(host->context, frame) : NULL;
  if (kept == NULL) {
    return 1;
  }
  self->kept[self->count++] = kept;
  return host->emit(host->context, frame);
}

/* Hands on what it kept, after it wrote into the original wherever it may. */
static int32_t write_beside(const keeper* self, const s3reel_host* host, s3reel_frame* frame) {
  s3reel_frame* const kept = host->keep(host->context, frame);
  if (kept == NULL) {
    return 1;
  }
  if (is(self, "own")) {
    if (host->make_writable(host->context, frame) != 0 || !frame->writable) {
      return fail(host, "it cannot be written");
    }
  }
  if (frame->writable) {
    memset(frame->data[0], 16, (size_t)frame->width);
  }
  if (kept->writable) {
    memset(kept->data[0], 16, (size_t)frame->width);
  }
  return host->emit(host->context, kept);
}

static int32_t later(const keeper* self, const s3reel_host* host, s3reel_frame* frame) {
  frame->pts += 1000;
  s3reel_frame* const made =
      is(self, "later-keep")
          ? host->keep(host->context, frame)
          : host->create(host->context, frame, frame->format, frame->width, frame->height);
  if (made == NULL) {
    return 1;
  }
  return made->pts == frame->pts ? host->emit(host->context, made) : fail(host, "another time");
}

/* Asks for what there is not, and does without. */
static int32_t bear(const s3reel_host* host, s3reel_frame* frame) {
  if (host->create(host->context, frame, "nosuchformat", 64, 48) != NULL ||
      host->create(host->context, NULL, frame->format, 64, 48) != NULL ||
      host->keep(host->context, NULL) != NULL || host->make_writable(host->context, NULL) == 0) {
    return fail(host, "there was something");
  }
  return host->emit(host->context, frame);
}

static int32_t push(void* instance, const s3reel_host* host, s3reel_frame* frame) {
  keeper* const self = instance;
  if (is(self, "leave") || is(self, "close")) {
    return keep_one(self, host, frame);
  }
  if (is(self, "share") || is(self, "own")) {
    return write_beside(self, host, frame);
  }
  if (is(self, "later-keep") || is(self, "later-create")) {
    return later(self, host, frame);
  }
  if (is(self, "bear")) {
    return bear(host, frame);
  }
  if (is(self, "refused")) {
    return host->create(host->context, frame, "nosuchformat", 64, 48) == NULL;
  }
  if (is(self, "no-frame")) {
    return host->keep(host->context, NULL) == NULL;
  }
  if (is(self, "emit-null")) {
    host->emit(host->context, NULL);
  }
  if (is(self, "emit-twice")) {
    host->emit(host->context, frame);
  }
  if (is(self, "release-null")) {
    host->release(host->context, NULL);
  }
  if (is(self, "release-twice")) {
    s3reel_frame* const kept = host->keep(host->context, frame);
    host->release(host->context, kept);
    host->release(host->context, kept);
  }
  return host->emit(host->context, frame);
}

static void close_keeper(void* instance) {
  keeper* const self = instance;
  for (int i = 0; is(self, "close") && i < self->count; ++i) {
    self->host->release(self->host->context, self->kept[i]);
  }
  free(self);
}

static const s3reel_plugin kPlugin = {
    sizeof(s3reel_plugin),
    S3REEL_PLUGIN_ABI,
    "keeper",
    "1.0",
    "keeps frames",
    describe,
    open_keeper,
    push,
    NULL,
    close_keeper};

__attribute__((visibility("default"))) const s3reel_plugin* s3reel_plugin_entry(void) {
  return &kPlugin;
}
