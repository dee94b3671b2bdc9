# Thin: what each target does stands in the script it calls. `make help` lists them.
.DEFAULT_GOAL := build
.PHONY: build test faults soak leaks fuzz demo bench acceptance mutations install wheel format clean help

PREFIX ?= /usr/local
export PREFIX

build: ## build/release/s3reel (default)
	@tools/build release s3reel

test: ## every check and every test
	@tools/setup test && tools/test

faults: ## every operation of the store against every fault, some 15 minutes
	@tools/setup test && tools/build release s3reel && tools/test --only fault -- --every-cell

soak: ## 200 seeded mixtures of faults, 50 kills, each fault with the real waits; some 6 minutes
	@tools/setup test && tools/build release s3reel && tools/test --only fault -- -m soak

leaks: ## a million frames through Python, which must leave nothing in memory
	@tools/setup test && tools/build release s3reel && tools/test --only python -- -k leaks --frames 1000000

fuzz: ## libFuzzer against every parser of foreign bytes, FUZZ_SECONDS (60) each
	@tools/setup fuzz && tools/fuzz

demo: ## a video out of a real S3 server, through grayscale, back into it; VIDEO=path KEEP=1
	@tools/setup demo && build/venv/bin/python tools/demo

bench: ## speed, memory and requests against the peers
	@bench/run

acceptance: ## every promise of the current work, one line each
	@tools/setup bench && tools/acceptance

mutations: ## breaks the code on purpose; every break must be caught by a test
	@tools/mutations

install: ## command, library, headers, man page, completions below PREFIX (/usr/local); DESTDIR
	@tools/install

wheel: ## a Python wheel with all its libraries in build/wheel, tried out in a fresh venv
	@tools/setup test && tools/build release s3reel && tools/wheel

format: ## writes all C++ as clang-format does
	@tools/check-format --fix

clean: ## removes build/, after stopping the S3 server
	@tools/clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
