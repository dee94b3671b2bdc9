# Every third-party library, found once. docs/dependencies.md says why each is here.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
pkg_check_modules(PUGIXML REQUIRED IMPORTED_TARGET pugixml)
# FFmpeg 5.1 is libavformat 59.27; later majors are handled in src/media/compat.
pkg_check_modules(
  LIBAV
  REQUIRED
  IMPORTED_TARGET
  libavformat>=59.27
  libavcodec>=59.37
  libavutil>=57.28
  libavfilter>=8.44
  libswscale>=6.7
  libswresample>=4.7)
