"""Texts of many scripts at every length, where bounds are cut, put up by one, or cannot be."""
from harness.comparisons import Column, part_of, prefixes, presence, simple

LONGEST = 40
# The first characters of runs, of one to four bytes, with and without marks.
RUNS = {
    "latin": 0x41, "control": 0x01, "accents": 0xE0, "greek": 0x3B1, "cyrillic": 0x430, "armenian": 0x561,
    "hebrew": 0x5D0, "arabic": 0x627, "devanagari": 0x905, "bengali": 0x985, "tamil": 0xB85, "thai": 0xE01,
    "tibetan": 0xF40, "myanmar": 0x1000, "georgian": 0x10D0, "ethiopic": 0x1200, "khmer": 0x1780, "hiragana": 0x3041,
    "katakana": 0x30A1, "han": 0x4E00, "hangul": 0xAC00, "private": 0xE000, "gothic": 0x10330, "han_b": 0x20000,
    "emoji": 0x1F600}
RUN = 23
SCRIPTS = {name: "".join(chr(first + step) for step in range(RUN)) for name, first in RUNS.items()}
SCRIPTS |= {"marks": "e\u0301a\u0308n\u0303", "families": "\U0001F468\u200D\U0001F469\u200D\U0001F467",
            "highest": "\U0010FFFF", "last_of_two": "\u07FF", "last_of_three": "\uFFFF", "mixed": "a京é\U0001F600z"}


def text(script, length):
    """Of every length another beginning, so that bounds tell files apart."""
    characters = SCRIPTS[script]
    start = length * 5 % len(characters)
    return (characters[start:] + characters * LONGEST)[:length]


class Rows:
    """A column for each script: every length once, sorted, and a NULL."""

    def __init__(self):
        self.columns = [Column(script, "STRING", tuple(sorted(text(script, n) for n in range(LONGEST + 1))))
                        for script in SCRIPTS]
        self.values = {column.path: [*column.values, None] for column in self.columns}
        self.count = LONGEST + 2

    def as_dicts(self):
        return [{"id": row, "part": part_of(row), **{name: values[row] for name, values in self.values.items()}}
                for row in range(self.count)]

    def nested(self, ids, type_of):
        return []

    def asked(self, script):
        """Each length for some script, those around 16 characters for all."""
        column, turn = Column(script, "STRING", ()), list(SCRIPTS).index(script)
        lengths = {length for length in range(LONGEST + 1) if (length + turn) % 6 == 0} | {0, 16, 17}
        asked = [simple(column, "=", text(script, length)) for length in sorted(lengths)]
        asked += [simple(column, operator, text(script, length)) for length in (15, 17, 40)
                  for operator in ("<", ">=", "<>")]
        beginnings = [text(script, length)[:most] for length, most in ((9, 1), (33, 17), (40, 40))]
        return [*asked, *prefixes(column, beginnings), *presence(script)]
