"""The files of the repository as the tidy tests see them."""
import pathlib
import re
import subprocess
from functools import cache

ROOT = pathlib.Path(__file__).resolve().parents[2]
CPP_SUFFIXES = (".h", ".cc")


@cache
def files():
    """Every file git would commit, as paths relative to the root."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(path for path in map(pathlib.Path, listed.splitlines())
                        if (ROOT / path).is_file()))


def cpp_files():
    return [path for path in files() if path.suffix in CPP_SUFFIXES]


def module_files():
    """C++ files below src/, with the module each belongs to."""
    return [(path, path.parts[1]) for path in cpp_files()
            if path.parts[0] == "src" and len(path.parts) > 2]


def markdown_files():
    return [path for path in files() if path.suffix == ".md"]


@cache
def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def is_test(path):
    return path.parts[0] == "tests" or path.stem.endswith("_test") or path.name.startswith("test_")


def without_comments_and_strings(source):
    """C++ text with comments and literals blanked, line numbers kept."""
    pattern = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/'
                         r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.S)
    return pattern.sub(lambda match: '""' + "\n" * match.group().count("\n"), source)


def report(findings):
    """Fails with one finding a line."""
    assert not findings, "\n" + "\n".join(sorted(findings))
