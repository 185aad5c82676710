"""clang-tidy over every production source, in parallel, skipping what has not changed.

A source is remembered as clean under the digest of itself, every own header it reaches, .clang-tidy
and the compile command, so a warm run costs seconds. Prints the findings, then one line
`N files clean, M with findings`; exit status 1 when M is not 0.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/tidy"
CLEAN = ROOT / "build/lint"
TOOL = "clang-tidy-16"
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def prepare():
    """Configures the clang preset and generates what sources include: the protobuf headers."""
    subprocess.run(["cmake", "--preset", "tidy"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    # By hand: the build would compile every module in front of the generated header first.
    for proto in sorted((ROOT / "src").rglob("*.proto")):
        subprocess.run(["protoc", f"--proto_path={ROOT}/src", f"--cpp_out=lite:{BUILD}/generated", proto], check=True)


def sources():
    """(path, compile command) of each production source; tests live by gtest's own style."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(ROOT / "src") and not path.stem.endswith(("_test", "_fuzz")):
            yield path, entry["command"]


def reached(path, seen):
    """The file and every own header it includes, directly or not."""
    if path in seen:
        return
    seen.add(path)
    for name in INCLUDE.findall(path.read_text()):
        header = ROOT / "src" / name
        if header.exists():
            reached(header, seen)


def digest(path, command):
    seen = set()
    reached(path, seen)
    total = hashlib.sha256(command.encode() + (ROOT / ".clang-tidy").read_bytes())
    for file in sorted(seen):
        total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def check(path, command):
    """The findings in one source; empty when it is clean."""
    mark = CLEAN / digest(path, command)
    if mark.exists():
        return ""
    done = subprocess.run([TOOL, "-p", str(BUILD), "--quiet", str(path)], capture_output=True, text=True)
    if done.returncode == 0:
        mark.touch()
        return ""
    return done.stdout.strip() or done.stderr.strip()


def main():
    prepare()
    CLEAN.mkdir(parents=True, exist_ok=True)
    chosen = [pair for pair in sources() if not sys.argv[1:] or any(word in str(pair[0]) for word in sys.argv[1:])]
    # The longest first, so that none is left over for one core alone at the end.
    chosen.sort(key=lambda pair: -pair[0].stat().st_size)
    dirty = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for findings in pool.map(lambda pair: check(*pair), chosen):
            if findings:
                dirty += 1
                print(findings, flush=True)
    print(f"{len(chosen) - dirty} files clean, {dirty} with findings")
    return 1 if dirty else 0


if __name__ == "__main__":
    sys.exit(main())
