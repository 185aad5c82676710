"""The module graph of ARCHITECTURE.md, checked include by include."""
import re

from tidy import tree

# A module may include itself and what stands here: strictly downward.
MAY_INCLUDE = {
    "base": "",
    "types": "base",
    "spark": "types base",
    "job": "spark types base",
    "sql": "spark types base",
    "store": "job types base",
    "lake": "store job types base",
    "result": "lake job types base",
    "engine": "sql lake result job spark types base",
    "scheduler": "engine store result sql lake job spark types base",
    "http": "base",
    "api": "http scheduler lake result store sql job types base",
    "cli": "http job types base",
    "server": "cli api http scheduler engine result lake store sql job spark types base",
}

# Third-party headers, and the only places that may name them.
ADAPTERS = {
    r"boost/(asio|beast)": r"src/http/.*\.cc$",
    r"boost/json": r"src/base/json\.h$",
    r"boost/": r"src/http/.*\.cc$",
    r"sqlite3\.h": r"src/store/sqlite/",
    r"libpq": r"src/store/postgres/",
    r"duckdb(\.h|/)": r"src/engine/duckdb/",
    r"pcre2": r"src/engine/duckdb/java_regex\.cc$",
    r"google/protobuf": r"src/engine/",
    r"(grpc|absl)": r"src/engine/spark/",
    r"curl/": r"src/lake/object_store/",
    r"openssl/": r"src/(base/(digest|random)[a-z_]*\.cc|http/.*\.cc)$",
    r"zlib\.h": r"src/base/deflate\.cc$",
    r"sodium": r"src/(api|server)/.*\.cc$",
    r"CLI/": r"src/(cli|server)/.*\.cc$",
    r"toml\+\+": r"src/server/.*\.cc$",
    r"(gtest|gmock)/": r".*(_test\.cc|_contract[a-z_]*\.(h|cc)|_test_[a-z_]+\.h|_fixture\.h|/testing/.*)$",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.M)


def includes():
    for path, module in tree.module_files():
        for kind, header in INCLUDE.findall(tree.text(path)):
            yield path, module, kind, header


def test_every_folder_of_src_is_a_module_of_the_table():
    assert {module for _, module in tree.module_files()} <= set(MAY_INCLUDE)


def test_modules_include_only_what_stands_below_them():
    findings = []
    for path, module, kind, header in includes():
        target = header.split("/")[0]
        if kind == '"' and target != module and target not in MAY_INCLUDE[module].split():
            findings.append(f"{path}: {module} may not include {header}")
    tree.report(findings)


def test_own_headers_are_named_from_the_source_root():
    known = {str(path.relative_to("src")) for path, _ in tree.module_files()}
    known |= {str(path.relative_to("src").with_suffix(".pb.h")) for path in tree.files()
              if path.suffix == ".proto" and path.parts[0] == "src"}
    tree.report([f"{path}: {header} is no file below src/"
                 for path, _, kind, header in includes() if kind == '"' and header not in known])


def test_third_party_headers_stay_in_their_adapters():
    findings = []
    for path, _, kind, header in includes():
        rule = next((place for name, place in ADAPTERS.items() if re.match(name, header)), None)
        if kind == "<" and rule and not re.match(rule, path.as_posix()):
            findings.append(f"{path}: {header} belongs into {rule}")
    tree.report(findings)


def test_the_build_links_what_the_table_allows():
    linked = dict(re.findall(r"^sluice_module\((\w+)(?:\s+DEPENDS\s+([a-z\s]+?))?(?:\s+LINKS[^)]*)?\)",
                             tree.text(next(p for p in tree.files() if p.name == "CMakeLists.txt")), re.M))
    assert set(linked) == set(MAY_INCLUDE)
    for module, depends in linked.items():
        assert set(depends.split()) <= set(MAY_INCLUDE[module].split()), module


def test_headers_are_guarded_by_pragma_once():
    tree.report([f"{path}: no #pragma once" for path, _ in tree.module_files()
                 if path.suffix == ".h" and "#pragma once" not in tree.text(path)])


def test_a_source_includes_its_own_header_first():
    findings = []
    present = {path for path, _ in tree.module_files()}
    for path in present:
        header = path.with_suffix(".h")
        if path.suffix != ".cc" or header not in present:
            continue
        own = header.relative_to("src").as_posix()
        found = INCLUDE.search(tree.text(path))
        if not found or found.group(2) != own:
            findings.append(f"{path}: the first include is not {own}")
    tree.report(findings)
