"""Texts of every script at every length from 0 to 40 characters are found by comparisons and by their beginnings."""
import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")

from harness import comparisons, iceberg, texts  # noqa: E402

ROWS = texts.Rows()


@pytest.fixture(scope="module")
def foreign(catalog):
    """A table of PyIceberg."""
    iceberg.make_table(catalog, "default.foreign", ROWS)
    return "foreign"


@pytest.mark.parametrize("script", texts.SCRIPTS)
def test_a_text_of_another_writer_is_found(foreign, client, script):
    assert comparisons.differences(client, foreign, ROWS.values[script], ROWS.asked(script)) == []
