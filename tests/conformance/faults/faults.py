#!/usr/bin/python3
"""What goes wrong, what must hold then, and what the tests saw: reads rows.txt and the tags in the tests, writes
docs/fault-matrix.md.

  faults.py SOURCE_DIR            writes the page
  faults.py SOURCE_DIR --check    writes nothing; fails when the page is out of date or a row has no test and no reason

A tag is `FAULT-24` in a comment, or `FAULT-24: what a run printed`, which may go on in comment lines that are indented
further. A row without a test is right only where its note says why there is none.
"""
import collections
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tags import command_line, doubles, read_table, tags, test_files, write_or_check  # noqa: E402

# The statement ends where its paragraph does: a comment line that is not indented, another tag, or code.
TAG = re.compile(r"(?://|#).*?\bFAULT-(\d+)\b(?::[ ]*([^\n]*(?:\n[ \t]*(?://|#)[ ]{2,}(?!FAULT-)[^\n]*)*))?")
MARK = re.compile(r"\n[ \t]*(?://|#)[ ]*")

Row = collections.namedtuple("Row", "section id fault holds note")


def collect(source, rows):
    """row -> {test: [what it saw]}, and what is wrong with the tags."""
    known, wrong = {row.id for row in rows}, []
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for path in test_files(source):
        for line, tag, test in tags(path, TAG):
            row, saw = tag.groups()
            where = f"{path.relative_to(source.resolve())}:{line}: FAULT-{row}"
            if row not in known:
                wrong.append(f"{where} is no row of rows.txt")
            elif test is None:
                wrong.append(f"{where} belongs to no test")
            elif saw:
                found[row][test].append(MARK.sub(" ", saw).strip())
            else:
                found[row][test] += []
    return found, wrong


def page(rows, tests):
    figures = sum(1 for row in rows if any(tests[row.id].values()))
    out = ["# Fault matrix", "",
           "Made by `tests/conformance/faults/faults.py` from `tests/conformance/faults/rows.txt` and the tags in the tests; the test",
           "`faults.matrix` fails when this page is not what it would write, or when a row has neither a test nor a reason.", "",
           "The rows are about protocol, clocks, kernel objects, the network and packets. A is the advert interval, D the delay of the",
           "wire, skew as in RFC 9568 6.1. A figure stands beside the test that printed it, on a machine of four cores shared with",
           "others; where a figure depends on the machine the tests demand the logic and print the time. Tests named `x.scn` are",
           "scenarios, `x_test.test_y` run in network namespaces with the real kernel, all others are programs of one process.", "",
           f"{len(rows)} rows, {sum(1 for row in rows if tests[row.id])} with tests, {figures} with a figure, "
           f"{sum(1 for row in rows if row.note)} with something to say about what is not done or not possible here."]
    section = None
    for row in rows:
        if row.section != section:
            section = row.section
            out += ["", f"## {section}", "", "| row | fault | what must hold | tests, and what they saw |", "|--:|---|---|---|"]
        held = [f"{test}: *{' '.join(saw)}*" if saw else test for test, saw in tests[row.id].items()]
        note = f" **{row.note[0].upper()}{row.note[1:]}.**" if row.note else ""
        out.append(f"| {row.id} | {row.fault} | {row.holds}.{note} | {'<br>'.join(held)} |")
    return "\n".join(out) + "\n"


def main():
    options = command_line(__doc__)
    table = options.source / "tests/conformance/faults/rows.txt"
    rows = read_table(table, Row)
    tests, wrong = collect(options.source, rows)
    wrong += doubles(table, rows)
    wrong += [f"row {row.id}: a note is cannot: or otherwise:" for row in rows if not re.match(r"(cannot|otherwise):|$", row.note)]
    wrong += [f"row {row.id} has no test and no reason for that" for row in rows if not tests[row.id] and not row.note]
    wrong += write_or_check(options.source / "docs/fault-matrix.md", page(rows, tests), options.check,
                            "tests/conformance/faults/faults.py")
    print(f"{sum(1 for row in rows if tests[row.id])} of {len(rows)} rows have tests")
    for complaint in wrong:
        print(complaint, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
