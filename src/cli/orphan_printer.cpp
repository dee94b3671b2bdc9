#include "cli/orphan_printer.h"

#include <nlohmann/json.hpp>

#include "app/report_json.h"
#include "cli/describe.h"

namespace s3reel::cli {

void OrphanPrinter::on_orphan(const Orphan& orphan) {
  if (invocation_.print_format == PrintFormat::json) {
    out_ << app::to_line(app::orphan_json(orphan)) << "\n";
  } else {
    out_ << describe_orphan(orphan, invocation_.cleaning.dry_run);
  }
  out_.flush();
}

}  // namespace s3reel::cli
