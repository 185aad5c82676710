"""The suites: what each runs, how long it may take, where its counts come from. Those with a venv are optional."""
from dataclasses import dataclass, field

MODULES = ("base", "types", "spark", "job", "sql", "store", "lake", "result", "engine", "scheduler", "http",
           "api", "cli", "server")
# Those with threads of their own; the others hold no lock worth a second build.
CONCURRENT_MODULES = ("base", "store", "lake", "engine", "scheduler", "http")

# A test that is ended by its time limit takes the bridge to the JVM along, and with it all that follow.
SPARK = ["--timeout=900", "tests/spark"]


@dataclass
class Suite:
    name: str
    kind: str                # of run.py: command, lint, gtest, pytest, acceptance
    budget_s: int            # past it the suite is ended and counts as a failure
    arguments: list = field(default_factory=list)
    needs: tuple = ()        # suites that must have passed for this one to make sense
    venv: str = ""           # packages of its own (tests/venvs); such a suite is optional: run by its name alone
    group: str = ""          # names several suites at once

    def is_wanted(self, names):
        return bool({self.name, self.group} & set(names)) if names else not self.venv


SUITES = [
    Suite("format", "command", 60, ["tools/format.sh"]),
    Suite("tidy", "pytest", 60, ["tests/tidy", "tests/harness"]),
    Suite("release build", "command", 1200, ["tools/build.sh", "release"]),
    Suite("asan build", "command", 1200, ["tools/build.sh", "dev"]),
    Suite("unit, asan+ubsan", "gtest", 420, ["build/dev", *MODULES], needs=("asan build",)),
    Suite("tsan build", "command", 1200,
          ["tools/build.sh", "tsan", *(f"{module}_test" for module in CONCURRENT_MODULES)]),
    Suite("unit, tsan", "gtest", 420, ["build/tsan", *CONCURRENT_MODULES], needs=("tsan build",)),
    Suite("clang-tidy", "lint", 1200, ["tools/lint/clang_tidy.py"]),
    Suite("system", "pytest", 1500, ["tests/system"], needs=("release build",)),
    Suite("crash", "pytest", 1200, ["tests/crash"], needs=("release build",)),
    Suite("cli", "pytest", 240, ["tests/cli"], needs=("release build",)),
    Suite("sdk", "pytest", 180, ["tests/sdk"], needs=("release build",)),
    Suite("go", "pytest", 270, ["tests/go"], needs=("release build",)),
    Suite("java", "pytest", 180, ["tests/java"], needs=("release build",)),
    Suite("node", "pytest", 180, ["tests/node"], needs=("release build",)),
    Suite("pyiceberg", "pytest", 400, ["tests/pyiceberg"], needs=("release build",)),
    # Other engines of a size that not everybody wants to fetch.
    Suite("spark-3.5", "pytest", 2700, SPARK, needs=("release build",), venv="spark-3.5", group="spark"),
    Suite("spark-4.1", "pytest", 2700, SPARK, needs=("release build",), venv="spark-4.1", group="spark"),
    Suite("pyiceberg-0.10", "pytest", 900, ["tests/pyiceberg"], needs=("release build",), venv="pyiceberg-0.10"),
    Suite("acceptance", "acceptance", 600, ["../shared/acceptance"], needs=("release build",)),
]
