#include "io/system_error.h"

#include <cerrno>
#include <system_error>

namespace s3reel::io {
namespace {

ErrorKind kind_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EPERM:
    case EROFS:
    case EEXIST:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ENOTEMPTY:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EPIPE:
      return ErrorKind::refused;
    default:
      return ErrorKind::unavailable;
  }
}

std::string hint_for(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EACCES:
    case EPERM:
    case EROFS:
      return "check the permissions of the file and its folder";
    case ENOSPC:
    case EDQUOT:
      return "free some space or choose another folder";
    case EPIPE:
      return "the program that reads the output ended early";
    default:
      return "check the file system";
  }
}

}  // namespace

Error system_error(const std::string& operation, const std::string& path, int error_number) {
  return Error(ErrorInfo{
      .kind = kind_of(error_number),
      .operation = operation,
      .subject = path,
      .reason = std::generic_category().message(error_number),
      .hint = hint_for(error_number)});
}

}  // namespace s3reel::io
