# shellcheck shell=bash
# Sourced by the scripts in tools/; the working directory is the repository's root.

header() { printf '\n== %s\n' "$*"; }

# fail CODE SENTENCE
fail() {
  echo "$2" >&2
  exit "$1"
}

# Refuses a second instance of a task in this tree; the lock ends with the process.
lock_or_refuse() {
  mkdir -p build
  exec {task_lock}>>build/.lock
  if ! flock --nonblock "$task_lock"; then
    fail 1 "make $1: another make $(<build/.lock) is running in this tree; wait for it or stop it"
  fi
  printf '%s' "$1" >build/.lock
}
