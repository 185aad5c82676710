"""Runs the suites one after another, each within its budget, and counts over all of them.

The log of a suite is build/test/<suite>.log; what failed is also printed, and named once more at the end, where who
sees the end alone can read it. The last line is `N passed, M failed` and the exit status is 1 when M is not 0.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import acceptance  # noqa: E402
from suites import SUITES  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "build/test"
TAIL_LINES = 40
NAMED_FAILURES = 20
REASON_CHARACTERS = 300
VENV_TIMEOUT_S = 1200
SANITIZER_ENV = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
                 "UBSAN_OPTIONS": "print_stacktrace=1",
                 "TSAN_OPTIONS": f"second_deadlock_stack=1:suppressions={ROOT}/tools/test/tsan.supp"}


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""
    failures: list = field(default_factory=list)  # a line each, for those that have a name

    def __iadd__(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures
        return self


def run(command, log, deadline, env=None):
    """The exit status of the command, whose output goes to the log; None when time ran out."""
    with subprocess.Popen([str(word) for word in command], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, start_new_session=True,
                          env={**os.environ, **SANITIZER_ENV, **(env or {})}) as process:
        try:
            return process.wait(max(1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            log.write(b"\nended: the time budget of the suite is used up\n")
            return None


def failure_line(case, failure):
    reason = " ".join((failure.get("message") or failure.text or "").split())
    return f"{case.get('classname')}.{case.get('name')}: {reason[:REASON_CHARACTERS]}"


def count_xml(path, status):
    """Counts of a JUnit-like file; without one, the program ended before it could say."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return Count(failed=1, failures=[f"{path.stem}: ended with {status} before it could say what failed"])
    count = Count()
    for case in cases:
        if case.get("status") == "notrun":
            continue
        failure = next((found for found in map(case.find, ("failure", "error")) if found is not None), None)
        if failure is not None:
            count.failed += 1
            count.failures.append(failure_line(case, failure))
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            count.skipped += 1
        else:
            count.passed += 1
    if status != 0 and count.failed == 0:
        count.failed = 1
        count.failures.append(f"{path.stem}: all passed, but it ended with {status}")
    return count


def run_command(suite, log, deadline):
    return Count(passed=1) if run(suite.arguments, log, deadline) == 0 else Count(failed=1)


def run_lint(suite, log, deadline):
    status = run([sys.executable, *suite.arguments], log, deadline)
    log.flush()
    found = re.findall(r"^(\d+) files clean, (\d+) with findings$", pathlib.Path(log.name).read_text(), re.M)
    if not found or status is None:
        return Count(failed=1)
    return Count(passed=int(found[-1][0]), failed=int(found[-1][1]))


def run_gtest(suite, log, deadline):
    folder, *modules = suite.arguments
    # A module without tests has no program; a broken one fails the suite that builds.
    programs = [ROOT / folder / f"{module}_test" for module in modules]
    programs += sorted((ROOT / folder).glob("*_fuzz_replay"))
    count = Count()
    for program in filter(pathlib.Path.exists, programs):
        xml = LOGS / f"{folder.replace('/', '-')}-{program.name}.xml"
        xml.unlink(missing_ok=True)
        status = run([program, "--gtest_brief=1", f"--gtest_output=xml:{xml}"], log, deadline)
        count += count_xml(xml, status)
    return count


def run_pytest(suite, log, deadline):
    xml = LOGS / f"{suite.name.replace(' ', '-')}.xml"
    xml.unlink(missing_ok=True)
    # The vendor's SDKs keep an application id under HOME.
    home = ROOT / "build/home"
    home.mkdir(exist_ok=True)
    python = sys.executable
    if suite.venv:
        made = subprocess.run(["tools/venv.sh", suite.venv], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True,
                              check=True, timeout=VENV_TIMEOUT_S)
        python, deadline = made.stdout.strip(), time.monotonic() + suite.budget_s
    status = run([python, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=tests", f"--junitxml={xml}",
                  *suite.arguments], log, deadline, env={"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"})
    return count_xml(xml, status)


def run_acceptance(suite, log, deadline):
    folder = ROOT / suite.arguments[0]
    if not folder.is_dir():
        return Count(note="not run: there is no ../shared/acceptance beside this clone")
    xml = LOGS / "acceptance.xml"
    xml.unlink(missing_ok=True)
    with acceptance.server() as env:
        command = [folder / "run.sh", *acceptance.ARGUMENTS, "-p", "no:cacheprovider", f"--junitxml={xml}"]
        return count_xml(xml, run(command, log, deadline, env))


KINDS = {"command": run_command, "lint": run_lint, "gtest": run_gtest, "pytest": run_pytest,
         "acceptance": run_acceptance}


def run_suite(suite):
    path = LOGS / f"{suite.name.replace(' ', '-').replace(',', '')}.log"
    began = time.monotonic()
    with open(path, "wb") as log:
        try:
            count = KINDS[suite.kind](suite, log, began + suite.budget_s)
        except Exception as error:  # a suite that cannot even start is a failure, not the end of the run
            log.write(f"\n{type(error).__name__}: {error}\n".encode())
            count = Count(failed=1)
    if count.failed and not count.failures:
        count.failures.append(f"{suite.name}: see {path.relative_to(ROOT)}")
    print(f"{suite.name:<18} {count.passed:>5} passed {count.failed:>4} failed {count.skipped:>3} skipped "
          f"{time.monotonic() - began:>7.1f} s  {count.note}", flush=True)
    if count.failed:
        tail = path.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        print("\n".join(f"    {line}" for line in tail), flush=True)
    return count


def main():
    wanted = sys.argv[1:]
    unknown = set(wanted) - {name for suite in SUITES for name in (suite.name, suite.group)}
    if unknown:
        print(f"no such suite: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    total, broken = Count(), set()
    for suite in SUITES:
        if not suite.is_wanted(wanted):
            continue
        if broken & set(suite.needs):
            print(f"{suite.name:<18} not run: {', '.join(suite.needs)} failed", flush=True)
            total += Count(failed=1, failures=[f"{suite.name}: not run"])
            continue
        count = run_suite(suite)
        total += count
        if count.failed:
            broken.add(suite.name)
    for line in total.failures[:NAMED_FAILURES]:
        print(f"failed: {line}")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
