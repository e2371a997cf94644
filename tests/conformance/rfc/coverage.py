#!/usr/bin/python3
"""Which test holds which duty of the RFCs: reads clauses.txt and the tags in the tests, writes docs/rfc-coverage.md.

  coverage.py SOURCE_DIR            writes the page and prints the gaps
  coverage.py SOURCE_DIR --check    writes nothing; fails when the page is out of date or a tag names no clause

A tag is `RFC9568-6.4.2-9a positive` in a comment: `positive` where the duty is seen done, `negative` where its absence or its
opposite would be seen, `differs` where we do something else on purpose. tags.py says which test it belongs to.
"""
import collections
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from tags import command_line, doubles, read_table, tags, test_files, write_or_check  # noqa: E402

TAG = re.compile(r"RFC(\d{4}-[0-9A-Za-z.]+-\w+)(?: (positive|negative|differs))?\b")
DUTIES = {"MUST", "MUST NOT", "must", "SHOULD", "SHOULD NOT", "should", "RECOMMENDED", "NOT RECOMMENDED", "step"}
SIDES = ("positive", "negative", "differs")

Clause = collections.namedtuple("Clause", "section id level whose duty note")


def collect(source, clauses):
    known = {clause.id for clause in clauses}
    tests = collections.defaultdict(lambda: collections.defaultdict(list))
    wrong = []
    for path in test_files(source):
        for line, tag, test in tags(path, TAG):
            clause, side = tag.groups()
            where = f"{path.relative_to(source.resolve())}:{line}: RFC{clause}"
            if clause not in known:
                wrong.append(f"{where} is no clause of clauses.txt")
            elif side is None:
                wrong.append(f"{where} says neither positive, negative nor differs")
            elif test is None:
                wrong.append(f"{where} belongs to no test")
            elif test not in tests[clause][side]:
                tests[clause][side].append(test)
    return tests, wrong


def is_outside(clause):
    return clause.note.startswith("outside:")


def is_not_done(clause):
    return clause.note.startswith("not done:")


def missing(clause, tests):
    """What a duty still lacks; nothing for what is no duty of ours."""
    if clause.level not in DUTIES or is_outside(clause):
        return []
    held = tests[clause.id]
    if clause.note.startswith("differs:"):
        return [] if held["differs"] else ["differs"]
    if is_not_done(clause):
        return []
    return [side for side in ("positive", "negative") if not held[side]]


def page(clauses, tests):
    out = ["# RFC coverage", "",
           "Made by `tests/conformance/rfc/coverage.py` from `tests/conformance/rfc/clauses.txt` and the tags in the tests; the test",
           "`rfc.coverage` fails when this page is not what it would write. A gap is a duty without a test on one side or both;",
           "that it has no test does not say that it is not done. What is not done, and what is not ours, stands below with the reason.", "",
           "| | duties | both sides | one side | no test | on purpose otherwise | not done | not ours |",
           "|---|--:|--:|--:|--:|--:|--:|--:|"]
    for rfc in ("9568", "3768"):
        mine = [c for c in clauses if c.id.startswith(rfc) and c.level in DUTIES]
        outside = [c for c in mine if is_outside(c)]
        differs = [c for c in mine if c.note.startswith("differs:")]
        not_done = [c for c in mine if is_not_done(c)]
        rest = [c for c in mine if c not in outside and c not in differs and c not in not_done]
        lacks = collections.Counter(len(missing(c, tests)) for c in rest)
        out.append(f"| RFC {rfc} | {len(mine)} | {lacks[0]} | {lacks[1]} | {lacks[2]} | {len(differs)} | {len(not_done)} | "
                   f"{len(outside)} |")
    out += ["", "## Gaps", ""]
    for clause in clauses:
        lack = missing(clause, tests)
        if lack:
            out.append(f"* `{clause.id}` ({clause.level}, {clause.whose}): no {' and no '.join(lack)} test. {clause.duty}")
    undone = [c for c in clauses if c.level in DUTIES and is_not_done(c)]
    if out[-1] == "":
        out.append("Every duty that is done has a test on both sides.")
    out += ["", f"{len(undone)} duties are not done: they are gaps of the router, not of its tests, and stand next."]
    for heading, which in (("Not done", is_not_done), ("Not ours", is_outside)):
        out += ["", f"## {heading}", ""]
        for clause in clauses:
            if clause.level in DUTIES and which(clause):
                held = tests[clause.id]["differs"]
                out.append(f"* `{clause.id}` ({clause.level}, {clause.whose}): {clause.duty}. *{clause.note}*"
                           + (f" Held by {', '.join(held)}." if held else ""))
    section = None
    for clause in clauses:
        if clause.section != section:
            section = clause.section
            out += ["", f"## {section}", "", "| id | level | duty | positive | negative |", "|---|---|---|---|---|"]
        cells = ["<br>".join(tests[clause.id][side]) for side in SIDES]
        note = f" *({clause.note})*" if clause.note else ""
        if cells[2]:
            note += f" Held by {cells[2]}."
        out.append(f"| {clause.id} | {clause.level} | {clause.duty}{note} | {cells[0]} | {cells[1]} |")
    return "\n".join(out) + "\n"


def main():
    options = command_line(__doc__)
    source = options.source
    table = source / "tests/conformance/rfc/clauses.txt"
    clauses = read_table(table, Clause)
    tests, wrong = collect(source, clauses)
    wrong += doubles(table, clauses)
    wrong += write_or_check(source / "docs/rfc-coverage.md", page(clauses, tests), options.check,
                            "tests/conformance/rfc/coverage.py")
    lacks = [(clause.id, missing(clause, tests)) for clause in clauses if missing(clause, tests)]
    for clause, lack in lacks:
        print(f"gap: {clause}: no {' and no '.join(lack)} test")
    undone = [clause for clause in clauses if clause.level in DUTIES and is_not_done(clause)]
    print(f"{len(lacks)} gaps in the tests, {len(undone)} duties not done")
    for complaint in wrong:
        print(complaint, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
