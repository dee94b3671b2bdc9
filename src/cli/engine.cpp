#include "cli/engine.h"

#include "s3reel/error.h"

namespace s3reel::cli {
namespace {

OpFactory no_python(const std::string& callable) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "--python",
      .subject = callable,
      .reason = "this is the C++ command, which has no Python in it",
      .hint = "with the Python module installed, say python3 -m s3reel"});
}

}  // namespace

Engine library_engine() {
  return Engine{
      .process = process,
      .plan = plan,
      .probe = probe,
      .clean = clean,
      .presign = presign,
      .op_catalogue = op_catalogue,
      .check_plugin = check_plugin,
      .python_op = no_python,
      .version_lines = version_lines};
}

}  // namespace s3reel::cli
