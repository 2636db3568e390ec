# `make` or `make help` lists the targets. Everything works on a bare Debian machine with Go, gcc, make, git and curl; what else is needed
# (PostgreSQL and Chromium for the tests, golangci-lint, Node.js for the contract) is installed by `make postgres`, `make chromium`,
# `make tools` and `make node`, which the targets that need them call.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# One thing after the other, whatever -j says, since several of them install packages; but for two that check runs side by side, where each leaves a
# processor idle now and then. What one of the two says is shown when it has ended.
ifndef SIDE_BY_SIDE
.NOTPARALLEL:
endif
TWO           := SIDE_BY_SIDE=yes --jobs=2 --output-sync=target

GO            ?= go
PKG           ?= ./...
TESTFLAGS     ?=
TEST_TIMEOUT  ?= 10m
FUZZTIME      ?= 400x
BENCH         ?= .
BENCHTIME     ?= 1s
BENCHFLAGS    ?=
SOAKFLAGS     ?=
VERSION       ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# The version comes from VERSION, so the build need not ask git, which refuses in a clone that belongs to somebody else. Without the paths of this folder in
# what is built, Go's build cache serves every clone, and CI's is a new one each time.
export GOFLAGS ?= -buildvcs=false -trimpath

BINARY        := bin/whatsapp-accounts
GOLANGCI_VERSION := 2.15.0
GOLANGCI      ?= bin/golangci-lint-$(GOLANGCI_VERSION)

# SQLite is C that was translated into Go: to watch its every memory access finds no race of ours, and costs a fifth of the time of all tests. Its driver is
# watched: code that is not must share no generic code of the standard library with the rest, or the linker may take the unwatched copy for all.
# -s and -w: no test reads debug information, and to write it takes a third of the linking.
RACE          := -race -ldflags='-s -w' -gcflags='modernc.org/sqlite/lib=-race=false' -gcflags='modernc.org/libc/...=-race=false'

# The tools that hold the OpenAPI document to what strangers expect: a Go module of their own, and npm packages.
APITOOLS      := internal/apidoc/tools

##@ Everyday
.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\n%s\n' 'Variables: PKG=./internal/store/... TESTFLAGS="-run Default -v" FUZZTIME=30s BENCH=Resolve BENCHFLAGS="-only P1" VERSION=v1.2.3'

.PHONY: build
build: ## Build bin/whatsapp-accounts, static and stripped
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(BINARY) ./cmd/whatsapp-accounts

.PHONY: run
run: ## Run the service on SQLite in ./data (ARGS="--help" for the settings)
	$(GO) run ./cmd/whatsapp-accounts serve $(ARGS)

.PHONY: fmt
fmt: $(GOLANGCI) ## Format the code and group its imports
	$(GOLANGCI) fmt

.PHONY: docs
docs: ## Write the examples anew from what the service answers, and the OpenAPI document from them and the annotations
	$(GO) test -vet=off -count=1 -run '^TestExamplesAreRealAnswers$$' ./internal/apidoc -update
	$(GO) generate ./docs/...

.PHONY: clean
clean: ## Remove what was built (never ./data)
	rm -rf bin dist coverage.out $(APITOOLS)/node_modules $(APITOOLS)/goclient/client.gen.go $(APITOOLS)/typescript/api.d.ts

##@ Checks
.PHONY: check
check: ## Everything that CI runs, cheap things first
	@$(MAKE) --no-print-directory fmt-check vet build docs-check
	@$(MAKE) --no-print-directory $(TWO) contract lint
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory $(TWO) browser fuzz
	@echo 'check: all is well'

.PHONY: fmt-check
fmt-check: ## Fail when a file is not formatted
	@unformatted=$$(gofmt -s -l .); \
	if [ -n "$$unformatted" ]; then printf 'not formatted (run "make fmt"):\n%s\n' "$$unformatted" >&2; exit 1; fi

.PHONY: vet
vet: ## Run go vet
	$(GO) vet -tags browser ./...

# By comparing folders, not by asking git: it must also tell the truth about files that are not yet committed.
.PHONY: docs-check
docs-check: ## Fail when the OpenAPI document is stale
	@before=$$(mktemp -d); trap 'rm -rf "$$before"' EXIT; \
	cp -a docs/. "$$before"; \
	$(GO) generate ./docs/...; \
	if ! diff -rq "$$before" docs; then \
		echo 'docs/ was stale. It has been written anew just now (as "make docs" does): look at the difference and commit it.' >&2; exit 1; \
	fi

.PHONY: contract
contract: $(APITOOLS)/node_modules/.package-lock.json $(APITOOLS)/goclient/client.gen.go ## Lint the OpenAPI document, compile clients made from it, compare it with the last release
	@cd $(APITOOLS); export PATH="$$PWD/node_modules/.bin:$$PATH" REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true; set -x; \
	spectral lint --quiet --ruleset spectral.yaml --fail-severity hint ../../../docs/openapi.json; \
	redocly lint --config redocly.yaml ../../../docs/openapi.json; \
	openapi-typescript ../../../docs/openapi.json --output typescript/api.d.ts; \
	tsc --project typescript; \
	$(GO) vet ./...; \
	$(GO) test -vet=off ./...; \
	$(GO) run ./breaking ../../../docs/released/openapi.json ../../../docs/openapi.json ../../../docs/released/breaking.json

$(APITOOLS)/node_modules/.package-lock.json: $(APITOOLS)/package.json $(APITOOLS)/package-lock.json $(APITOOLS)/.npmrc
	@$(MAKE) --no-print-directory node
	cd $(APITOOLS) && npm ci --ignore-scripts
	@touch $@

$(APITOOLS)/goclient/client.gen.go: docs/openapi.json $(APITOOLS)/goclient/oapi-codegen.yaml $(APITOOLS)/go.mod
	cd $(APITOOLS) && $(GO) generate ./goclient

.PHONY: lint
lint: $(GOLANGCI) $(APITOOLS)/goclient/client.gen.go ## Run golangci-lint with .golangci.yml
	$(GOLANGCI) run
	cd $(APITOOLS) && $(abspath $(GOLANGCI)) run

.PHONY: test
test: gcc postgres sdks ## Run all tests with the race detector, on both databases
	$(GO) test $(RACE) -vet=off -timeout $(TEST_TIMEOUT) $(TESTFLAGS) $(PKG)

# Behind a build tag, so that the other tests need no browser. One that is missing fails them; it does not skip them.
.PHONY: browser
browser: chromium ## Run the tests that drive a real browser (SCREENSHOTS=/a/folder keeps what they saw)
	$(GO) test -vet=off -count=1 -timeout $(TEST_TIMEOUT) -tags browser -run '^TestBrowser' $(TESTFLAGS) ./internal/e2e

# A number of executions, not a time: up to Go 1.26 a time that runs out can fail a target that found nothing (go.dev/issue/75804).
# One binary for all targets of a package, since go test would link it for each, and two targets side by side: most of them start a service of their own, once for each worker.
# What fails is kept in testdata/fuzz, as go test does; what is merely new is not, since inputs of former runs count as executions of the next.
.PHONY: fuzz
fuzz: ## Run each fuzz target briefly (FUZZTIME=400x, or a time)
	@binaries=$$(mktemp -d); trap 'rm -rf "$$binaries"' EXIT; \
	{ grep -rl --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . || true; } | xargs -r -n1 dirname | sort -u | while read -r package; do \
		$(GO) test -vet=off -ldflags='-s -w' -c -fuzz . -o "$$binaries/$${package//\//_}" "$$package"; \
		"$$binaries/$${package//\//_}" -test.list '^Fuzz' | sed "s|.*|$$package $$binaries/$${package//\//_} &|"; \
	done | xargs -r -P 2 -L 1 bash -euc 'cd "$$0"; \
		said=$$("$$1" -test.run "^\$$" -test.fuzz "^$$2\$$" -test.fuzztime $(FUZZTIME) -test.fuzzminimizetime 10x -test.parallel 1 \
			-test.fuzzcachedir "$$1-found/$$2" 2>&1) && failed= || failed=yes; \
		printf "fuzz %s %s\n%s\n" "$$0" "$$2" "$$said"; [ -z "$$failed" ]'

.PHONY: bench
bench: postgres ## Measure the service beside its reference handlers and print the ratios (BENCHFLAGS="-only P1 -time 1s")
	$(GO) run ./internal/bench $(BENCHFLAGS)

.PHONY: bench-go
bench-go: postgres ## Run the Go benchmarks, one package at a time, without the race detector (BENCH=Seal BENCHTIME=3s)
	$(GO) test -vet=off -p 1 -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem -timeout 30m $(TESTFLAGS) $(PKG)

.PHONY: bench-growth
bench-growth: postgres ## Measure the same requests with 10 accounts and with up to a million (BENCHFLAGS="-sizes 10,1000")
	$(GO) run ./internal/bench growth $(BENCHFLAGS)

.PHONY: soak
soak: postgres ## Send a million hostile requests on each database, and rotate 100,000 secrets under load (SOAKFLAGS="-requests 10000")
	$(GO) run ./internal/soak $(SOAKFLAGS)

.PHONY: cover
cover: postgres sdks ## Write coverage.out and print the total (go tool cover -html coverage.out shows the rest)
	$(GO) test -vet=off -timeout $(TEST_TIMEOUT) -coverpkg ./... -coverprofile coverage.out $(TESTFLAGS) $(PKG)
	@$(GO) tool cover -func coverage.out | tail -n 1

##@ What the checks need
.PHONY: postgres
postgres: ## Install PostgreSQL for the tests if there is none (they start a throwaway cluster themselves)
	@if [ -n "$${TEST_DATABASE_URL:-}" ]; then exit 0; fi; \
	IFS=:; for folder in $${PG_BIN:-$$PATH:$$(printf '%s:' /usr/lib/postgresql/*/bin)}; do \
		if [ -x "$$folder/initdb" ] && [ -x "$$folder/postgres" ]; then exit 0; fi; \
	done; unset IFS; \
	if [ -n "$${PG_BIN:-}" ]; then echo "PG_BIN=$$PG_BIN does not hold initdb and postgres" >&2; exit 1; fi; \
	if ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ]; then \
		echo 'The tests need PostgreSQL 15 or newer. Do one of these and try again:' >&2; \
		echo '  sudo apt-get install -y --no-install-recommends postgresql' >&2; \
		echo '  export PG_BIN=/folder/of/initdb/and/postgres' >&2; \
		echo '  export TEST_DATABASE_URL=postgres://user:password@host:5432/database   (a user who may create databases)' >&2; \
		exit 1; \
	fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get install -y --no-install-recommends postgresql || { apt-get update && apt-get install -y --no-install-recommends postgresql; }

SDKS := pkg/whatsapptest/sdks
SDKS_INSTALLED := $(SDKS)/node_modules/.package-lock.json

.PHONY: sdks
sdks: node ## Install the public SDKs from npm that judge the doubles of pkg/whatsapptest
	@if [ $(SDKS_INSTALLED) -nt $(SDKS)/package-lock.json ]; then exit 0; fi; \
	npm ci --prefix $(SDKS) --ignore-scripts --no-audit --no-fund && touch $(SDKS_INSTALLED)

.PHONY: node
node: ## Install Node.js and npm for the contract if there are none
	@export DEBIAN_FRONTEND=noninteractive; \
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then \
		if ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ]; then \
			echo 'The contract is checked with tools from npm. Install Node.js 18.20 or newer, with npm, and try again:' >&2; \
			echo '  sudo apt-get install -y --no-install-recommends nodejs npm' >&2; \
			exit 1; \
		fi; \
		apt-get install -y --no-install-recommends nodejs npm || { apt-get update && apt-get install -y --no-install-recommends nodejs npm; }; \
	fi; \
	node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 18 || major == 18 && minor >= 20 ? 0 : 1)' || { \
		echo "The contract is checked with Node.js 18.20 or newer, and this is $$(node --version)." >&2; exit 1; }

.PHONY: chromium
chromium: ## Install Chromium for the tests that drive a browser, if there is none
	@if command -v chromium >/dev/null; then exit 0; fi; \
	if ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ]; then \
		echo 'The browser tests need Chromium, as the program chromium in the PATH. Do this and try again:' >&2; \
		echo '  sudo apt-get install -y --no-install-recommends chromium' >&2; \
		exit 1; \
	fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get install -y --no-install-recommends chromium || { apt-get update && apt-get install -y --no-install-recommends chromium; }

.PHONY: gcc
gcc:
	@command -v "$$($(GO) env CC)" >/dev/null || { \
		echo 'The race detector needs a C compiler: apt-get install -y --no-install-recommends gcc libc6-dev' >&2; exit 1; }

.PHONY: tools
tools: $(GOLANGCI) ## Install golangci-lint into bin/ (four minutes the first time, then from Go's build cache)

bin/golangci-lint-$(GOLANGCI_VERSION):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(GOLANGCI_VERSION)
	mv bin/golangci-lint $@
