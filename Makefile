# Everything runs in .venv, made from the lock where there is only Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: report test quick attacks mutants house lab docs refresh benchmark benchmark-run benchmark-verifier benchmark-ledger benchmark-offsets benchmark-baseline benchmark-periods benchmark-screen benchmark-reuse benchmark-batch benchmark-portfolio benchmark-arrays lock clean

report: $(READY)
	$(BIN)/neutrality run params/china-mobile-hq/2025.yaml --notebooks notebooks

# Each part runs, whatever the ones before it found; the exit code is the worst of all.
test: $(READY)
	@worst=0; \
	part() { echo "> $$*"; "$$@" || { code=$$?; test $$code -le $$worst || worst=$$code; }; }; \
	part $(BIN)/ruff format --check; \
	part $(BIN)/ruff check; \
	part $(BIN)/python -m pytest -n auto --dist worksteal; \
	echo "Notebooks against their stored outputs: where one differs on purpose, run make refresh and read the diff."; \
	part $(BIN)/python -m pytest --nbval notebooks/0*.ipynb; \
	exit $$worst

# What can be known in under two minutes: no report is made, no notebook runs.
quick: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/python -m pytest -m "not slow and not adversary" -n auto

# What a hostile accountant tries, and damaged tables by the thousand: some ten minutes.
attacks: $(READY)
	$(BIN)/python -m pytest -m adversary -s

# Which changes of the rooms that decide a total no test notices: long, for every change is a run of
# tests. ROOMS="ledger/ranges claims" tries these alone, MOST=1000 every place, MINUTES=20 a sample.
mutants: .venv-mutants/.ready
	.venv-mutants/bin/python tests/mutants.py --most $(or $(MOST),60) --minutes $(or $(MINUTES),0) $(ROOMS)

.venv-mutants/.ready: pyproject.toml
	$(PYTHON) -m venv .venv-mutants
	.venv-mutants/bin/python -m pip install --quiet -e .[test,mutants]
	touch $@

# A picture of the imports between wings, as graphviz text.
house: $(READY)
	@$(BIN)/python tests/house.py

lab: $(READY)
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/index.ipynb

# The documentation, in docs/_build/en and docs/_build/zh; nothing is fetched.
docs: $(READY)
	$(BIN)/python -m sphinx -q -W --keep-going -c docs -D language=en docs/en docs/_build/en
	$(BIN)/python -m sphinx -q -W --keep-going -c docs -D language=zh_CN docs/zh docs/_build/zh

refresh: $(READY)
	$(BIN)/python tests/refresh.py

benchmark: benchmark-ledger benchmark-offsets benchmark-verifier benchmark-baseline benchmark-periods benchmark-screen benchmark-reuse benchmark-portfolio benchmark-arrays

# Baselines of up to 10,000 meters in one store: time beside reading it once, memory beside what was said.
benchmark-arrays: $(READY)
	$(BIN)/python tests/benchmarks/bench_arrays.py

benchmark-ledger: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/benchmarks/bench_ledger.py

# The baseline beside its peer, in an environment of its own; WRITE=--write keeps drift and coverage as reference.
benchmark-baseline: .venv-peer/.ready
	.venv-peer/bin/python -W ignore tests/benchmarks/bench_baseline.py $(WRITE)

# Baselines of days and bills beside two peers; OpenDSM's daily model takes some minutes.
benchmark-periods: .venv-peer/.ready
	.venv-peer/bin/python -W ignore tests/benchmarks/bench_periods.py $(WRITE)

# The screen beside its peer, in an environment of its own; WRITE=--write keeps the thresholds as reference.
benchmark-screen: .venv-screen/.ready
	.venv-screen/bin/python -W ignore tests/benchmarks/bench_screen.py $(WRITE)

.venv-screen/.ready: pyproject.toml
	$(PYTHON) -m venv .venv-screen
	.venv-screen/bin/python -m pip install --quiet -e .[peer-screen]
	touch $@

# One report beside papermill's command line and a bare process (RUNS=3 takes the least of three), and
# where its seconds go; WRITE=--write keeps the latter in docs/run_seconds.md.
benchmark-run: $(READY)
	$(BIN)/python -W ignore tests/benchmarks/run_seconds.py $(WRITE)
	$(BIN)/python tests/benchmarks/bench_run.py --runs $(or $(RUNS),1)

# Verifying and replaying a bundle beside the run that made it.
benchmark-verifier: $(READY)
	$(BIN)/python tests/benchmarks/bench_verifier.py

# A second run: with nothing changed beside an import, after a change beside a fresh run.
benchmark-reuse: $(READY)
	$(BIN)/python tests/benchmarks/bench_reuse.py

# Many sites beside papermill's command line and beside a pool of papermill, growth, and a batch that was
# killed: some minutes. BATCH="--sites 100 --toys 10 1000" is the whole of it.
benchmark-batch: $(READY)
	$(BIN)/python tests/benchmarks/bench_batch.py $(BATCH)

# The draws of the residual beside bare NumPy; it needs no peer.
benchmark-offsets: $(READY)
	$(BIN)/python tests/benchmarks/bench_uncertainty.py

# The portfolio's page by the number of its sites; it needs no peer.
benchmark-portfolio: $(READY)
	$(BIN)/python tests/benchmarks/bench_portfolio.py

.venv-peer/.ready: pyproject.toml
	$(PYTHON) -m venv .venv-peer
	.venv-peer/bin/python -m pip install --quiet -e .[peer]
	touch $@

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -e .
	touch $@

# Needs uv; run after changing the dependencies in pyproject.toml.
lock:
	UV_NO_CONFIG=1 uv pip compile pyproject.toml --extra lab --extra test --extra docs --universal --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url --quiet -o requirements.lock

clean:
	rm -rf .venv .venv-peer .venv-screen .venv-mutants outputs/*/ outputs/.cache
