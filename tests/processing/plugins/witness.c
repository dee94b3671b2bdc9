/* A plugin in plain C that writes down what it is given, a line each, into the file of its parameter. */

#include <s3reel/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct witness {
  char file[512];
  char fails[16];
} witness;

static const char* parameter(
    const s3reel_parameter* const* list, size_t count, const char* name, const char* fallback) {
  for (size_t i = 0; i < count; ++i) {
    if (list[i]->size == sizeof(s3reel_parameter) && strcmp(list[i]->name, name) == 0) {
      return list[i]->value;
    }
  }
  return fallback;
}

/* One write for each line: instances work at the same time. */
static void note(const witness* self, const char* line) {
  FILE* const file = fopen(self->file, "a");
  if (file != NULL) {
    fputs(line, file);
    fclose(file);
  }
}

static int fails(const witness* self, const s3reel_host* host, const char* where) {
  if (strcmp(self->fails, where) != 0) {
    return 0;
  }
  host->fail(host->context, "as it was told");
  return 1;
}

static int32_t describe(
    const s3reel_host* host,
    const s3reel_parameter* const* parameters,
    size_t count,
    s3reel_contract* contract) {
  if (contract->size != sizeof *contract || host->size != sizeof *host) {
    host->fail(host->context, "a struct has another size");
    return 1;
  }
  contract->temporal = S3REEL_STATELESS;
  contract->thread_safe = strcmp(parameter(parameters, count, "shared", "no"), "yes") == 0;
  return 0;
}

static int32_t open_witness(
    const s3reel_host* host,
    const s3reel_parameter* const* parameters,
    size_t count,
    void** instance) {
  witness* const made = calloc(1, sizeof *made);
  *instance = made;
  snprintf(made->file, sizeof made->file, "%s", parameter(parameters, count, "file", "/dev/null"));
  snprintf(made->fails, sizeof made->fails, "%s", parameter(parameters, count, "fails", ""));
  if (fails(made, host, "open")) {
    free(made);
    return 1;
  }
  note(made, "open\n");
  if (strcmp(made->fails, "late") == 0) {
    host->emit(host->context, NULL);
  }
  return 0;
}

static int32_t push(void* instance, const s3reel_host* host, s3reel_frame* frame) {
  const witness* const self = instance;
  char line[2048];
  int at = snprintf(
      line,
      sizeof line,
      "frame %d %s %dx%d %.6f %s %s %s %s",
      frame->size == sizeof *frame,
      frame->format,
      frame->width,
      frame->height,
      (double)frame->pts * frame->time_base_num / frame->time_base_den,
      frame->color_range,
      frame->color_primaries,
      frame->color_transfer,
      frame->color_matrix);
  for (size_t i = 0; i < frame->side_data_count; ++i) {
    const s3reel_side_data* const data = frame->side_data[i];
    at += snprintf(
        line + at,
        sizeof line - (size_t)at,
        ";%d %zu %s",
        data->size == sizeof *data && data->data != NULL,
        data->bytes,
        data->type);
  }
  snprintf(line + at, sizeof line - (size_t)at, "\n");
  note(self, line);
  return fails(self, host, "push") ? 1 : host->emit(host->context, frame);
}

static int32_t flush(void* instance, const s3reel_host* host) {
  return fails(instance, host, "flush");
}

static void close_witness(void* instance) {
  note(instance, "close\n");
  free(instance);
}

static const s3reel_plugin kPlugin = {
    sizeof(s3reel_plugin),
    S3REEL_PLUGIN_ABI,
    "witness",
    "1.0",
    "writes down what it is given",
    describe,
    open_witness,
    push,
    flush,
    close_witness};

__attribute__((visibility("default"))) const s3reel_plugin* s3reel_plugin_entry(void) {
  return &kPlugin;
}
