# The verbs of this project; `make` alone lists them. CMake does the building: the presets are in CMakePresets.json.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
CLUSTER := tests/cluster
# Goals are whole tasks that share build directories: two at a time would only be in each other's way.
.NOTPARALLEL:

.PHONY: help
help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## build both programs into build/bin (preset release)
	@JOBS=$(JOBS) cmake/prepare.sh --no-cluster --parts build release:muster-operator,kubectl-workload

.PHONY: test
test: ## everything that proves behaviour: style, unit, contract, scenario and end-to-end tests (build/test-result)
	@JOBS=$(JOBS) cmake/test.sh test

.PHONY: test-all
test-all: ## the same, and the search for improbable faults: sanitizers over everything, libFuzzer, new seeds; hours
	@JOBS=$(JOBS) cmake/test.sh test-all

.PHONY: unit
unit: ## unit tests alone, in seconds (TESTS=regex chooses)
	@JOBS=$(JOBS) cmake/prepare.sh --no-cluster --parts build release:test_programs_unit
	@ctest --test-dir build/release --output-on-failure --parallel $(JOBS) -L '^unit$$' $(if $(TESTS),-R '$(TESTS)')

.PHONY: asan
asan: ## unit, scenario and fuzz tests, and end-to-end tests of the programs, with ASan and UBSan
	@JOBS=$(JOBS) cmake/test.sh asan

.PHONY: tsan
tsan: ## the same with TSan
	@JOBS=$(JOBS) cmake/test.sh tsan

.PHONY: judge
judge: ## kube-scheduler judges the planner: CASES=1000 random groups with new seeds, every refusal tried plainly
	@JOBS=$(JOBS) cmake/prepare.sh release:muster-operator,kubectl-workload,e2e_judge
	@MUSTER_CASES=$(or $(CASES),1000) build/release/tests/e2e_judge

.PHONY: fuzz
fuzz: ## fuzz parsers and screens with libFuzzer: SECONDS_EACH=60 TARGETS="yaml json" (all of them)
	@cmake/deps.sh build fuzz
	@JOBS=$(JOBS) SECONDS_EACH="$(SECONDS_EACH)" tests/fuzz/run.sh $(TARGETS)

.PHONY: demo
demo: ## see a gang held, explained and admitted on a real control plane
	@JOBS=$(JOBS) cmake/prepare.sh release:muster-operator,kubectl-workload
	@tests/demo/demo.sh

.PHONY: bench
bench: ## benchmarks; prints figures
	@JOBS=$(JOBS) cmake/prepare.sh release:muster-operator,kubectl-workload,benchmarks
	@tests/bench/run.sh

.PHONY: lint
lint: ## clang-format, clang-tidy, shellcheck, yamllint (FILES="..." for some alone)
	@JOBS=$(JOBS) cmake/prepare.sh --no-cluster --parts "build lint" debug:muster_watch_proto
	@JOBS=$(JOBS) cmake/lint.sh $(FILES)

.PHONY: format
format: ## put all C++ into the house's format
	@cmake/deps.sh lint
	@cmake/lint.sh --fix

.PHONY: cluster-up
cluster-up: ## start a control plane; its kubeconfig is build/cluster/kubeconfig
	@cmake/prepare.sh --parts cluster
	@$(CLUSTER)/up.sh --name muster

.PHONY: cluster-down
cluster-down: ## stop it and drop its data
	@$(CLUSTER)/down.sh

# Every option of nodes.sh can be given in NODES, the usual ones by name.
NODE_OPTIONS = $(if $(POOL),--prefix $(POOL)) $(if $(COUNT),--count $(COUNT)) \
  $(if $(CAPACITY),--capacity $(CAPACITY)) $(foreach l,$(LABELS),--label $(l)) $(foreach t,$(TAINTS),--taint $(t)) $(NODES)

.PHONY: nodes-add
nodes-add: ## add hollow nodes: POOL=gpu COUNT=4 CAPACITY=cpu=8,nvidia.com/gpu=4 LABELS="k=v" TAINTS="k=v:NoSchedule"
	@$(CLUSTER)/nodes.sh add $(NODE_OPTIONS)

.PHONY: nodes-remove
nodes-remove: ## remove them: POOL=gpu
	@$(CLUSTER)/nodes.sh remove $(NODE_OPTIONS)

.PHONY: install
install: build ## install both programs under PREFIX (/usr/local); DESTDIR is honoured
	@install -d "$(DESTDIR)$(PREFIX)/bin"
	@install -m 0755 build/bin/muster-operator build/bin/kubectl-workload "$(DESTDIR)$(PREFIX)/bin/"
	@for completion in $(wildcard build/bin/kubectl_complete-workload kubectl-plugin/kubectl_complete-workload); do \
	  install -m 0755 "$$completion" "$(DESTDIR)$(PREFIX)/bin/"; done
	@echo "installed under $(DESTDIR)$(PREFIX)/bin: $$(cd "$(DESTDIR)$(PREFIX)/bin" && ls -d muster-operator kubectl*workload | xargs)"

.PHONY: deps
deps: ## install what is missing to build and test (Debian packages; Go when there is none)
	@cmake/deps.sh build cluster network alerts

.PHONY: clean
clean: cluster-down ## remove build/ (the test cluster's programs stay in the cache)
	@rm -rf build
