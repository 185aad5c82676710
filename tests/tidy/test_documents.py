"""Documents a reader can find, and links that lead somewhere."""
import pathlib
import re

import pytest

from tidy import tree
from tidy.test_includes import MAY_INCLUDE

MODULE_README_LINES_MAX = 40
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def links(path):
    for target in LINK.findall(tree.text(path)):
        if not re.match(r"[a-z]+:", target):
            yield target, pathlib.Path(*_normal((path.parent / target).parts))


def _normal(parts):
    kept = []
    for part in parts:
        if part == "..":
            kept.pop()
        elif part != ".":
            kept.append(part)
    return kept


def test_every_link_leads_to_a_file():
    tree.report([f"{path}: {target}" for path in tree.markdown_files()
                 for target, place in links(path) if not (tree.ROOT / place).exists()])


def test_every_document_is_reachable_from_the_readme():
    reached, waiting = set(), [pathlib.Path("README.md")]
    while waiting:
        path = waiting.pop()
        if path in reached or not (tree.ROOT / path).is_file():
            continue
        reached.add(path)
        if path.suffix == ".md":
            waiting += [place for _, place in links(path)]
    tree.report([f"{path}" for path in tree.markdown_files() if path not in reached])


@pytest.mark.parametrize("module", MAY_INCLUDE)
def test_every_module_has_a_short_readme(module):
    path = tree.ROOT / "src" / module / "README.md"
    assert path.is_file(), f"src/{module}/README.md is missing"
    assert len(path.read_text().splitlines()) <= MODULE_README_LINES_MAX


def test_every_document_begins_with_a_title():
    tree.report([f"{path}" for path in tree.markdown_files() if not tree.text(path).startswith("# ")])


def test_the_module_table_names_every_module():
    table = tree.text(pathlib.Path("src/README.md"))
    assert [module for module in MAY_INCLUDE if f"[{module}]" not in table] == []
