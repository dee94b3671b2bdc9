#include "cli/engine.h"

namespace s3reel::cli {

Engine library_engine() {
  return Engine{
      .process = process,
      .plan = plan,
      .probe = probe,
      .clean = clean,
      .presign = presign,
      .version_lines = version_lines};
}

}  // namespace s3reel::cli
