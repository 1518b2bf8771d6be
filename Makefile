# make run    install what is missing, build, run the exporter (with a private demo Redis when REDIS_URL is not set)
# make example-NAME  build, run an application of examples/ (brainwave, rag-fortress, ai-playground, speed-run,
#             auraconnect) on private servers, with its configuration
# make test   install what is missing, run every test
# make check  format, alert rules, dashboards, documentation links, the table of systems, installing of packages
# make test-shuffled  the whole suite in random order, ROUNDS times
# make fuzz   damaged examples for every parser, FUZZ_SECONDS each
# make bench  the figures of docs/performance.md

SHELL := /bin/bash
SWIFT ?= swift
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
BUILD_FLAGS ?=
# One test at a time: many start servers of their own, and a small machine would make them wait for each other.
TEST_FLAGS ?= --no-parallel --disable-xctest
LISTEN ?= 127.0.0.1:9121
ARGS ?=

# The commit, for --version; empty outside a clone.
BUILD_REVISION ?= $(shell git describe --always --abbrev=10 --exclude='*' --dirty=.dirty 2>/dev/null | sed 's/^/g/')
export BUILD_REVISION
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 10
FUZZ_SEED ?= 1
FUZZ_TARGETS ?=

.PHONY: run build test test-shuffled test-thread test-address scale deps deps-test check format lint rules dashboards links systems bench \
  clean fuzz fuzz-guided release install deb check-deb kubernetes units packages

run: deps
	$(SWIFT) build -c release -j $(JOBS) --product cachegauge $(BUILD_FLAGS)
	@exec "$$($(SWIFT) build -c release --show-bin-path)/cachegauge" serve --listen $(LISTEN) $(if $(REDIS_URL),'$(REDIS_URL)') $(ARGS)

example-%:
	@scripts/install-packages.sh build examples
	$(SWIFT) build -c release -j $(JOBS) --product cachegauge $(BUILD_FLAGS)
	@exec "$$($(SWIFT) build -c release --show-bin-path)/cachegauge" demo $* --config examples/$*.yml \
	  --listen $(LISTEN) $(ARGS)

build: deps
	$(SWIFT) build -j $(JOBS) $(BUILD_FLAGS)

test: deps-test
	@SWIFT=$(SWIFT) REQUIRE_SERVERS=1 scripts/test.sh -j $(JOBS) $(TEST_FLAGS) $(BUILD_FLAGS)

# The whole suite under a sanitizer; each keeps a build folder of its own.
test-thread: deps-test
	@TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/thread-sanitizer.supp SWIFT=$(SWIFT) SANITIZER=thread REQUIRE_SERVERS=1 \
	  scripts/test.sh -j $(JOBS) $(TEST_FLAGS) --sanitize=thread --scratch-path .build-thread

# Leaks are left out: SwiftNIO's threads, which last as long as the process, are taken for one.
test-address: deps-test
	@ASAN_OPTIONS=detect_leaks=0 SANITIZER=address SWIFT=$(SWIFT) REQUIRE_SERVERS=1 scripts/test.sh -j $(JOBS) $(TEST_FLAGS) \
	  --sanitize=address --scratch-path .build-address

# Each suite in a process of its own, in an order that follows from SEED; docs/reliability.md says what came of it.
ROUNDS ?= 10
SEED ?=
test-shuffled: deps-test
	@SWIFT=$(SWIFT) REQUIRE_SERVERS=1 scripts/test-shuffled.sh $(ROUNDS) $(SEED)

# A thousand targets at a second, and remote write of them; ten thousand HTTP clients: docs/scaling.md.
scale:
	@scripts/install-packages.sh build bench
	Benchmarks/scale.py $(ARGS)
	Benchmarks/horde.py

deps:
	@scripts/install-packages.sh build demo

deps-test:
	@scripts/install-packages.sh build demo test

check: lint rules dashboards links systems units packages

format:
	$(SWIFT) format -i -r -p --configuration .swift-format Package.swift Sources Tests Benchmarks \
	  Fuzz/Package.swift Fuzz/Sources/FuzzTargets Fuzz/Sources/fuzz Fuzz/Sources/fuzz-guided

lint:
	$(SWIFT) format lint --strict -r -p --configuration .swift-format Package.swift Sources Tests Benchmarks \
	  Fuzz/Package.swift Fuzz/Sources/FuzzTargets Fuzz/Sources/fuzz Fuzz/Sources/fuzz-guided

rules: deps-test
	promtool check rules alerts/*.yml
	promtool test rules alerts/tests/*.yml

dashboards: deps-test
	dashboards/check.sh

links:
	scripts/check-links.sh
	scripts/check-named-tests.sh

systems:
	scripts/check-systems.sh

# TRACE=FILE measures the ring on a trace of yours.
bench:
	@scripts/install-packages.sh build bench
	Benchmarks/run.sh $(TRACE)

# The program as it is installed: Swift's own libraries are in it.
release: deps
	$(SWIFT) build -c release -j $(JOBS) --static-swift-stdlib --scratch-path .build-release --product cachegauge $(BUILD_FLAGS)
	strip -o .build-release/cachegauge "$$($(SWIFT) build -c release --scratch-path .build-release --show-bin-path)/cachegauge"

# The program, its manual, completions for shells and a unit for systemd, under PREFIX; after `make release`.
install:
	packaging/install.sh .build-release/cachegauge '$(DESTDIR)' '$(PREFIX)'

# A Debian package in the current directory; `make check-deb` installs, runs and removes it in a fresh system.
deb: release
	packaging/deb.sh .build-release/cachegauge

check-deb:
	packaging/check-deb.sh cachegauge_*.deb

units:
	packaging/kubernetes.sh check

packages:
	scripts/check-install-packages.sh

# What deploy/ holds for Kubernetes, made anew from alerts/ and dashboards/.
kubernetes:
	packaging/kubernetes.sh

# docs/fuzzing.md. The inputs follow from FUZZ_SEED.
fuzz: deps
	cd Fuzz && $(SWIFT) build -c release -j $(JOBS) --product fuzz && \
	  SWIFT_BACKTRACE=enable=no .build/release/fuzz --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED) --jobs $(JOBS) $(FUZZ_TARGETS)

# The same targets under libFuzzer, which keeps what reaches new code; one of them at a time.
fuzz-guided: deps
	cd Fuzz && FUZZ_GUIDED=1 $(SWIFT) build -c release -j $(JOBS) --sanitize=fuzzer --scratch-path .build-guided --product fuzz-guided && \
	  mkdir -p .build/found/$(FUZZ_TARGETS) && \
	  FUZZ_TARGET=$(FUZZ_TARGETS) .build-guided/release/fuzz-guided .build/found/$(FUZZ_TARGETS) Corpus/$(FUZZ_TARGETS) \
	    -max_total_time=$(FUZZ_SECONDS)

clean:
	rm -rf .build .build-thread .build-address Benchmarks/.build Fuzz/.build Fuzz/.build-guided .build-release
