#include <nanobind/nanobind.h>

#include "errors.h"
#include "frame_view.h"
#include "jobs.h"
#include "lifetime.h"
#include "object_files.h"
#include "reader.h"
#include "writer.h"

/// The module under the Python package, which gives it its words: python/s3reel.
NB_MODULE(_core, module) {
  // numpy gives nothing back that it has by DLPack once Python ends: that is no leak of ours.
  nanobind::set_leak_warnings(false);
  s3reel::python::register_close();
  s3reel::python::bind_errors(module);
  s3reel::python::bind_frames(module);
  s3reel::python::bind_jobs(module);
  s3reel::python::bind_reader(module);
  s3reel::python::bind_object_files(module);
  s3reel::python::bind_writer(module);
}
