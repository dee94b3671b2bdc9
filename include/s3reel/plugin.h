/* The C ABI of s3reel's plugins: frame code in a shared library, in any language that can export
 * one C function. s3reel loads it for `--plugin ./libmine.so:radius=3` and for PluginOp of a Job.
 * s3reel/plugin.hpp wraps this for C++; docs/plugins.md walks through an example.
 *
 * Rules
 *  - Every struct begins with its size, set by whoever fills it in. A reader looks at no field
 *    beyond that size, so that later versions can add fields at the end. What cannot be added so
 *    gets another S3REEL_PLUGIN_ABI, and is refused with a sentence.
 *  - Strings are UTF-8, end with a zero byte, and belong to whoever fills in the struct. s3reel
 *    copies those it is handed before the call returns; those it hands out live as long as the
 *    call, or as the frame that they are in.
 *  - No exception leaves a function of a plugin. Functions that can fail return 0 for success and
 *    anything else for failure, after s3reel_host.fail() was told why.
 *  - One instance is used by one thread at a time, unless its contract says thread_safe; different
 *    instances may be used at the same time.
 */
#ifndef S3REEL_PLUGIN_H
#define S3REEL_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using,readability-identifier-naming): this is C */

#define S3REEL_PLUGIN_ABI 1
#define S3REEL_PLUGIN_PLANES 4

/* A word of the user: --plugin LIB:name=value. */
typedef struct s3reel_parameter {
  size_t size;
  const char* name;
  const char* value;
} s3reel_parameter;

/* How an op stands in time. Structs hold it as int32_t, whose size every compiler agrees on. */
typedef enum s3reel_temporal {
  S3REEL_SEQUENTIAL = 0, /* needs every frame before it */
  S3REEL_STATELESS = 1,  /* each frame alone, in any order */
  S3REEL_WINDOW = 2      /* a frame and some neighbours */
} s3reel_temporal;

/* What an op promises; s3reel holds it to that. All zero: sequential, any format, changes nothing.
 */
typedef struct s3reel_contract {
  size_t size;
  int32_t temporal; /* one of s3reel_temporal */
  int32_t before;   /* frames that a window needs before its own */
  int32_t after;    /* and behind it */
  int32_t thread_safe;
  int32_t in_place;     /* writes into the frame it gets: s3reel makes the pixels its own before */
  int32_t changes_size; /* may hand on another width or height */
  int32_t changes_rate; /* may hand on more or fewer frames, or at other times */
  int32_t changes_format; /* may hand on another pixel format */
  /* Pixel formats it takes, in FFmpeg's names; the last one is NULL. NULL: all. */
  const char* const* formats;
} s3reel_contract;

/* Side data of a frame, as libavutil holds it. */
typedef struct s3reel_side_data {
  size_t size;
  const char* type; /* FFmpeg's name: "Mastering display metadata" */
  const uint8_t* data;
  size_t bytes;
} s3reel_side_data;

/* One picture. Pixels may be written where `writable` is set; all else is to read, but for pts: the
 * one that stands here counts when the frame is handed on, kept, or a model of another. */
typedef struct s3reel_frame {
  size_t size;
  const char* format; /* FFmpeg's name of the pixel format */
  int32_t width;
  int32_t height;
  int32_t planes;
  int32_t writable;
  uint8_t* data[S3REEL_PLUGIN_PLANES];
  ptrdiff_t stride[S3REEL_PLUGIN_PLANES]; /* bytes from one row to the next; may be negative */
  int64_t pts;                            /* in units of the time base */
  int32_t time_base_num;
  int32_t time_base_den;
  /* In FFmpeg's words; "" where nobody says. */
  const char* color_range;
  const char* color_primaries;
  const char* color_transfer;
  const char* color_matrix;
  const s3reel_side_data* const* side_data;
  size_t side_data_count;
} s3reel_frame;

/* What s3reel offers during a call of push() or flush(), and, but for frames, of describe() and
 * open().
 *
 * The host that open() got, and each that push() and flush() got, stays where it is as long as the
 * instance: until close() has returned. log() and release() work through any of them all that time,
 * in close() too. The other functions speak for one call, so they are called through its own host
 * and before it returns. Calls at the same time get different hosts.
 *
 * Frames of the plugin that are left after close() end with the instance.
 *
 * Functions that return NULL or a number other than 0 did nothing, and have told fail() why. What
 * create(), keep() and make_writable() refuse, a plugin may bear: if it returns 0, its call
 * succeeds. A frame that emit() refuses is a failure whatever the call returns. */
typedef struct s3reel_host {
  size_t size;
  void* context; /* first argument of each function */

  /* A word for the user: level 0 debug, 1 info, 2 warning. */
  void (*log)(void* context, int32_t level, const char* text);

  /* Why the call is about to return a failure. */
  void (*fail)(void* context, const char* reason);

  /* A frame with the properties of `like` and pixels of its own, which are not set. It is the
   * plugin's until it is emitted or released. */
  s3reel_frame* (*create)(
      void* context, const s3reel_frame* like, const char* format, int32_t width, int32_t height);

  /* The same picture as a frame that outlives the call, for windows. It is the plugin's until it
   * is emitted or released. Both frames share the pixels, so that neither is writable from now on:
   * whoever writes into one of them calls make_writable() for it first, in_place or not. */
  s3reel_frame* (*keep)(void* context, s3reel_frame* frame);

  /* Makes the pixels of a frame its own, by a copy where others share them. They may lie elsewhere
   * after that, and so may side data: read `data`, `stride` and `side_data` again. */
  int32_t (*make_writable)(void* context, s3reel_frame* frame);

  /* Hands a frame on: the one that push() got, or one of the plugin's. Takes it over, also where it
   * refuses. */
  int32_t (*emit)(void* context, s3reel_frame* frame);

  /* Ends a frame of the plugin's. The one that push() got ends with the call. */
  void (*release)(void* context, s3reel_frame* frame);
} s3reel_host;

/* The plugin itself. All functions but flush must be there. */
typedef struct s3reel_plugin {
  size_t size;
  uint32_t abi; /* S3REEL_PLUGIN_ABI */
  const char* name;
  const char* version;
  const char* summary; /* a line for `s3reel plugin check` */

  /* Fills in what the op promises with these parameters; `contract` is zero but for its size.
   * Called before open(), any number of times. */
  int32_t (*describe)(
      const s3reel_host* host,
      const s3reel_parameter* const* parameters,
      size_t count,
      s3reel_contract* contract);

  /* Makes an instance. One that fails leaves none: close() is not called. */
  int32_t (*open)(
      const s3reel_host* host,
      const s3reel_parameter* const* parameters,
      size_t count,
      void** instance);

  /* One frame, s3reel's own unless it is emitted. */
  int32_t (*push)(void* instance, const s3reel_host* host, s3reel_frame* frame);

  /* No frame follows. */
  int32_t (*flush)(void* instance, const s3reel_host* host);

  /* Ends an instance, also one whose push() or flush() failed. Gets no host: one of an earlier
   * call serves for release() and log(). */
  void (*close)(void* instance);
} s3reel_plugin;

/* What a plugin exports, with C linkage and default visibility. The struct stays as long as the
 * library. */
typedef const s3reel_plugin* (*s3reel_plugin_entry_fn)(void);
#define S3REEL_PLUGIN_ENTRY "s3reel_plugin_entry"

/* NOLINTEND(modernize-use-using,readability-identifier-naming) */

#ifdef __cplusplus
}
#endif

#endif
