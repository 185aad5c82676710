"""Macros of src/sql/functions: one that names a parameter twice doubles its plan at every level of a nest."""
import re

from tidy import tree

MACRO = re.compile(r"^CREATE OR REPLACE MACRO spark\.(\w+)(\(.*);$", re.M)
VARIANT = re.compile(r"\(([\w ,]*)\) AS (.*)$", re.S)
NEXT_VARIANT = re.compile(r", (?=\([\w ,]*\) AS )")
TEXT = re.compile(r"'(?:[^']|'')*'")

# Those that still do. Native functions take their places; no other may come (docs/design/0013-spark-values.md).
REPEATING = set("""
    _add_sums _all_true _any_true _by_days _char _date_sequence _decimal_exponent _decimal_text _dli_charset
    _dli_ordinal _dli_split_part _dli_url_decode _dli_url_encode _element _float_bigint _float_int
    _format_number _formatted_zoned _holds _in_range _interval_months _join _make_timestamp _month_sequence
    _months _narrow_float _nonempty _padded_left _padded_right _parsed_zoned _seconds_timestamp _sequence
    _soundex_code _store_char _store_varchar _stored _time_sequence _unique_keys _with_commas _with_zero
    _zero_padded acos acosh array_append array_contains array_distinct array_except array_insert
    array_intersect array_join array_position array_prepend array_remove array_repeat array_union
    arrays_overlap asin atanh bitmap_bit_position bitmap_bucket_number char cot csc decode encode factorial
    flatten hypot ln log log10 log1p log2 make_date map_contains_key nanvl parse_url slice sort_array
    soundex sqrt str_to_map unhex width_bucket""".split())


def variants():
    """(name, parameters, body) of each form of each macro; texts are left out of the bodies."""
    for file in sorted((tree.ROOT / "src/sql/functions").glob("*.sql")):
        for name, forms in MACRO.findall(file.read_text()):
            for form in NEXT_VARIANT.split(forms):
                parameters, body = VARIANT.match(form).groups()
                yield name, [one.split()[0] for one in parameters.split(",") if one.strip()], TEXT.sub("", body)


def is_repeated(parameter, body):
    return len(re.findall(rf"(?<![\w.]){parameter}(?!\w)", body)) > 1


def test_no_further_template_names_a_parameter_twice():
    found = {name for name, parameters, body in variants() if any(is_repeated(one, body) for one in parameters)}
    assert found - REPEATING == set()
    assert REPEATING - found == set(), "mended: take them off the list"
