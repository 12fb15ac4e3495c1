# One entry point for people and for CI. `make test` works on a bare Debian with the .NET SDK.
CONFIGURATION ?= Release
SOLUTION := OutreachRelay.sln
RELAY := dotnet run --project src/OutreachRelay -c $(CONFIGURATION) --no-launch-profile --

.DEFAULT_GOAL := build
.PHONY: build test functional check fmt demo bench chaos fuzz soak torture peers

build:
	dotnet build $(SOLUTION) -c $(CONFIGURATION) --nologo -v quiet

# The mail programs that the functional tests talk to. Quick when they are there.
peers:
	@bash tests/install-peers.sh

test: peers build
	@bash tests/run.sh $(CONFIGURATION) OutreachRelay.Protocols.Tests OutreachRelay.Tests OutreachRelay.FunctionalTests

functional: peers
	dotnet build tests/OutreachRelay.FunctionalTests -c $(CONFIGURATION) --nologo -v quiet
	@bash tests/run.sh $(CONFIGURATION) OutreachRelay.FunctionalTests

# The analyzers run in every build and their warnings are errors; this adds the formatting.
check: build
	dotnet format $(SOLUTION) --no-restore --verify-no-changes

fmt:
	dotnet format $(SOLUTION)

demo:
	$(RELAY) demo

# Races Postfix, Exim and OpenSMTPD. Others: make bench ARGS="race --quick", ARGS=latency, ARGS=stages; ARGS=page measures all and writes docs/performance.md.
bench: peers
	@bash tests/install-contestants.sh
	dotnet build tests/Benchmarks -c $(CONFIGURATION) --nologo -v quiet
	@bash tests/bench.sh $(CONFIGURATION) $(ARGS)

# Three upstreams on a bad day and ten kills, with more mail than in the tests: CHAOS_MESSAGES mails.
CHAOS_MESSAGES ?= 50000
chaos: peers
	dotnet build tests/OutreachRelay.FunctionalTests -c $(CONFIGURATION) --nologo -v quiet
	@CHAOS_MESSAGES=$(CHAOS_MESSAGES) bash tests/run.sh $(CONFIGURATION) OutreachRelay.FunctionalTests -class '*ChaosTests' -showLiveOutput

# The crash tests, for hours instead of minutes: TORTURE_ROUNDS kills at random moments, as many before chosen system calls, and a loss of
# power at each change of a file.
TORTURE_ROUNDS ?= 1000
torture: peers
	dotnet build tests/OutreachRelay.FunctionalTests -c $(CONFIGURATION) --nologo -v quiet
	@TORTURE_ROUNDS=$(TORTURE_ROUNDS) bash tests/run.sh $(CONFIGURATION) OutreachRelay.FunctionalTests -class '*NothingLostTests' \
		-class '*KilledAtEachStepTests' -class '*PowerLossTests' -showLiveOutput

# Mixed load for SOAK_MINUTES, at SOAK_RATE messages a second, with reloads, flapping upstreams and a clock that is set: nothing lost, nothing grows.
SOAK_MINUTES ?= 60
SOAK_RATE ?= 60
soak: peers
	dotnet build tests/OutreachRelay.FunctionalTests -c $(CONFIGURATION) --nologo -v quiet
	@SOAK_MINUTES=$(SOAK_MINUTES) SOAK_RATE=$(SOAK_RATE) bash tests/run.sh $(CONFIGURATION) OutreachRelay.FunctionalTests -class '*SoakTests' -showLiveOutput

# Inputs of strangers to every parser of the library, other ones each time: FUZZ_ROUNDS for each. FUZZ_SEED brings a run back.
FUZZ_ROUNDS ?= 200000
FUZZ_SEED ?= $(shell date +%s)
fuzz:
	dotnet build tests/OutreachRelay.Protocols.Tests -c $(CONFIGURATION) --nologo -v quiet
	@FUZZ_ROUNDS=$(FUZZ_ROUNDS) FUZZ_SEED=$(FUZZ_SEED) bash tests/run.sh $(CONFIGURATION) OutreachRelay.Protocols.Tests -class '*FuzzTests' -showLiveOutput
