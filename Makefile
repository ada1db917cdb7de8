# Everything installs and builds what it needs first. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help build native cluster stop demo examples test verify simulate mutants check-history bench clean reset lint kill-test rolling-restart grow-and-shrink tools image chaos power-cut

SEEDS ?= 100
SEED_FROM ?= 1

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

# — what everything needs —

tools: ## check that node, npm and what the search module is built with are here
	@deploy/check-tools.sh

node_modules/.package-lock.json: package-lock.json package.json | tools
	@echo "— installing packages (npm ci)"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

native: node_modules/.package-lock.json ## build the search module (skipped when nothing in native/ changed)
	@npm run --silent native:build

dist/.stamp: node_modules/.package-lock.json package.json tsconfig.json tsconfig.build.json $(shell find src proto -type f 2>/dev/null)
	@echo "— compiling TypeScript"
	@npm run --silent build
	@touch $@

.build/.stamp: node_modules/.package-lock.json tsconfig.json tsconfig.tools.json $(shell find src proto test bench examples -name '*.ts' -o -name '*.binpb' 2>/dev/null)
	@echo "— compiling tests and benches"
	@npm run --silent build:tools
	@rm -rf .build/proto .build/native && ln -s ../proto .build/proto && ln -s ../native .build/native
	@touch $@

build: native dist/.stamp ## install, compile TypeScript and Rust

# — a cluster on this machine —

cluster: build ## three nodes on this machine, in the background; again: bring back what was killed
	@node deploy/local-cluster.mjs start

stop: | tools ## stop the three nodes, keep their data
	@node deploy/local-cluster.mjs stop

demo: build ## import real packages, kill the leader under load, install verified from another node
	@node deploy/local-cluster.mjs start
	@node deploy/demo.mjs

examples: build .build/.stamp ## run the programs of examples/ (one: EXAMPLE=basic-usage)
	@node .build/examples/run.js $(EXAMPLE)

reset: | tools ## stop the three nodes and remove their data, after asking
	@node deploy/local-cluster.mjs reset

image: build ## container image of a node: IMAGE=ggen-market:dev, BASE=an image with Node (else one made of this machine's)
	@node deploy/image/build.mjs

# — knowing that it is right —

test: build ## unit, scenario, conformance and integration tests
	@deploy/check-tools.sh --rust
	@npm run --silent native:test
	@npx vitest run

lint: node_modules/.package-lock.json ## format, style, types and the proto's promises
	@npx biome check .
	@npx tsc -p tsconfig.json
	@npm run --silent proto:check

verify: lint test ## lint, types, tests, 500 simulated clusters, deliberate faults, kill -9 of all nodes (CI adds other clients and Nodes)
	@$(MAKE) --no-print-directory simulate SEEDS=500
	@$(MAKE) --no-print-directory mutants
	@$(MAKE) --no-print-directory kill-test

simulate: .build/.stamp ## SEEDS=n [SEED_FROM=s]: n simulated clusters; SEED=s [HISTORY=file] [TRACE=story]: one, its trace on standard output
ifdef SEED
	@node .build/test/sim/main.js --seed $(SEED) $(if $(HISTORY),--history $(HISTORY)) $(if $(TRACE),--trace $(TRACE)) \
	  $(if $(ACTS),--acts $(ACTS)) $(if $(CALM),--calm $(CALM)) $(if $(STORM_MS),--storm-ms $(STORM_MS)) $(if $(ALTERS),--alters $(ALTERS))
else
	@node .build/test/sim/main.js --seeds $(SEEDS) --from $(SEED_FROM)
endif

check-history: .build/.stamp ## HISTORY=file: whether a recorded history (one JSON object a line) is linearizable
	@node .build/test/history/main.js $(HISTORY)

mutants: .build/.stamp ## plant each deliberate fault in turn; the simulation must catch it
	@node test/mutants/main.mjs

kill-test: build .build/.stamp ## kill -9 of all three nodes at once under load, ROUNDS=20 times in a row, then other faults on processes
	@node test/chaos/kill-all.mjs $(or $(ROUNDS),20)
	@node test/chaos/main.mjs --on processes --minutes $(or $(MINUTES),1) $(if $(SEED),--seed $(SEED)) --history .chaos/processes/history.jsonl

rolling-restart: build ## SIGTERM and start of each node in turn under load, ROUNDS=5 times; no call of a client may fail
	@node test/chaos/rolling-restart.mjs $(or $(ROUNDS),5)

grow-and-shrink: build ## one node to seven and back under load, the leader removed each time, NODES=7; nothing acknowledged may be lost
	@node test/chaos/members.mjs $(or $(NODES),7)

chaos: image .build/.stamp ## MINUTES=3 [SEED=n]: three nodes in containers, process, network, disk and clock failing; needs root and docker
	@node test/chaos/main.mjs --on containers --image $(or $(IMAGE),ggen-market:dev) --minutes $(or $(MINUTES),3) $(if $(SEED),--seed $(SEED))

power-cut: build .build/.stamp ## real power cuts: xfs shut down under load, ROUNDS=8 for one node and for three; needs root and xfsprogs
	@node test/chaos/power-cut.mjs $(or $(ROUNDS),8) $(SEED)

bench: build .build/.stamp ## speeds beside floors measured in the same run
	@node .build/bench/main.js

# — tidying up —

clean: ## remove what was built; .cluster stays
	@rm -rf dist .build node_modules native/target native/*.node coverage
