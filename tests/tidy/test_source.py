"""Rules of style that neither the compiler nor clang-tidy checks."""
import ast
import re

from tidy import tree

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70
LINE_CHARACTERS_MAX = 120  # of Python, shell and CMake; clang-format keeps C++ at 100
CODE_SUFFIXES = (".h", ".cc", ".py", ".sh", ".sql", ".proto", ".cmake", ".lua", ".mjs")
BANNED_WORDS = ("manager", "helper", "helpers", "util", "utils", "common", "misc")
# Recorded data: its length and words are those of what it records.
DATA_FOLDERS = ("tests/sql/", "tests/fuzz/", "tests/api/", "tools/oracle/", "src/engine/duckdb/sql/")
STATEMENT_LISTS = ("tools/oracle/syntax_corpus.py", "tools/oracle/queries_catalogue.py")  # lists, no logic


def code_files():
    return [path for path in tree.files() if path.suffix in CODE_SUFFIXES]


def is_data(path):
    return path.as_posix().startswith(DATA_FOLDERS) and path.suffix != ".py"


def words(name):
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def test_no_file_is_longer_than_the_limit():
    tree.report([f"{path}: {tree.text(path).count(chr(10))} lines" for path in code_files()
                 if not is_data(path) and path.as_posix() not in STATEMENT_LISTS
                 and tree.text(path).count("\n") > FILE_LINES_MAX])


def cpp_functions(source):
    """(first line, length) of each function body, by the indentation clang-format gives."""
    lines = tree.without_comments_and_strings(source).split("\n")
    opened = None
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip())
        if opened and line.startswith(" " * opened[1] + "}") and indent == opened[1]:
            yield opened[0], number - opened[0] + 1
            opened = None
        elif opened is None and re.match(r"(  )?(?!namespace|class|struct|enum|union|extern|constexpr \w+ k)"
                                         r"[\w~<>].*\).*\{$", line):
            opened = (number, indent)


def test_no_cpp_function_is_longer_than_the_limit():
    tree.report([f"{path}:{line}: {length} lines" for path in tree.cpp_files()
                 for line, length in cpp_functions(tree.text(path)) if length > FUNCTION_LINES_MAX])


def test_no_python_function_is_longer_than_the_limit():
    findings = []
    for path in tree.files():
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(tree.text(path))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    findings.append(f"{path}:{node.lineno}: {node.name} has {length} lines")
    tree.report(findings)


def test_lines_of_scripts_fit_a_screen():
    tree.report([f"{path}:{number}" for path in code_files()
                 if path.suffix in (".py", ".sh", ".lua", ".mjs") and not is_data(path)
                 and not path.as_posix().startswith("tools/oracle/")
                 for number, line in enumerate(tree.text(path).split("\n"), 1)
                 if len(line) > LINE_CHARACTERS_MAX])


def test_no_file_or_type_has_a_name_that_says_nothing():
    findings = []
    for path in code_files():
        findings += [f"{path}: the file name" for part in path.parts
                     if set(words(part.replace("_", " ").replace("-", " "))) & set(BANNED_WORDS)]
        if path.suffix in tree.CPP_SUFFIXES:
            source = tree.without_comments_and_strings(tree.text(path))
            findings += [f"{path}: {name}" for name in re.findall(r"\b(?:class|struct|enum class) (\w+)", source)
                         if set(words(name)) & set(BANNED_WORDS)]
    tree.report(findings)


def test_nothing_is_left_to_do():
    marks = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
    tree.report([f"{path}:{number}: {line.strip()}" for path in code_files() + tree.markdown_files()
                 if not is_data(path) for number, line in enumerate(tree.text(path).split("\n"), 1)
                 if marks.search(line)])


def test_no_file_knows_the_machine_it_was_written_on():
    place = re.compile(r"(?<![\w.$}])/(work/(main|shared)|root|home/\w+)/")
    tree.report([f"{path}:{number}: {line.strip()[:100]}" for path in tree.files()
                 if path.suffix in CODE_SUFFIXES + (".md", ".json", ".toml", ".txt", "") and not is_data(path)
                 for number, line in enumerate(tree.text(path).split("\n"), 1) if place.search(line)])


def test_coroutines_stay_in_the_transport():
    tree.report([f"{path}: a coroutine outside src/http/*.cc" for path in tree.cpp_files()
                 if not re.match(r"src/http/[^/]*\.cc$", path.as_posix())
                 and re.search(r"\bco_(await|return|yield)\b",
                               tree.without_comments_and_strings(tree.text(path)))])


def awaited_expressions(source):
    for match in re.finditer(r"\bco_await\b[^;]*;", source):
        yield source.count("\n", 0, match.start()) + 1, match.group()


def test_awaited_expressions_hold_nothing_gcc_12_miscompiles():
    """Capturing lambdas, aggregates and braced lists as temporaries are freed twice by g++ 12.2."""
    findings = []
    for path in tree.cpp_files():
        for line, expression in awaited_expressions(tree.without_comments_and_strings(tree.text(path))):
            if re.search(r"\[[^\]\s][^\]]*\]\s*[({]", expression) or re.search(r"[(,]\s*\w*\{", expression):
                findings.append(f"{path}:{line}: {' '.join(expression.split())[:80]}")
    tree.report(findings)


def test_boost_asio_is_in_no_header():
    tree.report([f"{path}" for path in tree.cpp_files()
                 if path.suffix == ".h" and "#include <boost/asio" in tree.text(path)])


def test_tests_wait_for_conditions_and_never_sleep():
    findings = []
    nap = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")
    for path in tree.cpp_files():
        if tree.is_test(path):
            source = tree.without_comments_and_strings(tree.text(path))
            findings += [f"{path}: {name}" for name in nap.findall(source)]
    for path in tree.files():
        if path.suffix == ".py" and path.parts[0] == "tests" and path.parts[1] != "harness":
            findings += [f"{path}: time.sleep" for _ in re.findall(r"time\.sleep" r"\(", tree.text(path))]
    tree.report(findings)


def test_names_of_cpp_tests_are_sentences():
    findings = []
    for path in tree.cpp_files():
        for suite, name in re.findall(r"^(?:TEST|TEST_F|TEST_P)\((\w+),\s*(\w+)\)", tree.text(path), re.M):
            if len(words(suite + name)) < 4 or len(words(name)) < 2 or name.startswith("DISABLED_"):
                findings.append(f"{path}: {suite}.{name}")
    tree.report(findings)


def test_shell_scripts_stop_at_the_first_error():
    stops = {"#!/usr/bin/env bash": "set -euo pipefail", "#!/bin/sh": "set -eu"}
    findings = []
    for path in tree.files():
        if path.suffix in (".sh", "") and not path.is_relative_to("tests/fuzz/corpus"):
            source = tree.text(path)
            shebang = source.split("\n", 1)[0]
            if path.suffix == ".sh" and shebang not in stops:
                findings.append(f"{path}: begins with {shebang}")
            if shebang in stops and stops[shebang] not in source:
                findings.append(f"{path}: no {stops[shebang]}")
    tree.report(findings)
