"""Tags in the tests: which test holds which duty, row or clause; and pages made from them.

A tag is an id in a comment. It belongs to the next TEST (or to the one around it when it is indented), to the next
`def test_` in Python, and to the whole file in a scenario.
"""
import argparse
import collections
import pathlib
import re
import sys

_CPP_TEST = re.compile(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", re.M)
_PY_TEST = re.compile(r"^\s+def (test_\w+)", re.M)


def read_table(path, entry):
    """Lines `field | field | ...` below [headings], each an entry: the heading, the fields, and a last one that may be
    missing. The first field is the id."""
    entries, section, count = [], None, len(entry._fields) - 1
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        fields = [field.strip() for field in line.split(" | ")]
        if len(fields) not in (count - 1, count):
            sys.exit(f"{path}:{number}: {' | '.join(entry._fields[1:])}")
        entries.append(entry(section, *fields, *[""] * (count - len(fields))))
    return entries


def doubles(path, entries):
    return [f"{path.name} has {id} twice" for id, times in collections.Counter(e.id for e in entries).items() if times > 1]


def test_files(source):
    """Every file below tests/ that is, or has, a test. What makes pages is none."""
    for path in sorted((source / "tests").resolve().rglob("*")):
        if path.suffix in (".cpp", ".scn") or path.name.endswith("_test.py"):
            yield path


def tags(path, pattern):
    """(line, match, test) for every match of the pattern in a file; test is None where it belongs to none."""
    text = path.read_text()
    if path.suffix == ".py":
        named = [(m.start(), f"{path.stem}.{m.group(1)}") for m in _PY_TEST.finditer(text)]
    else:
        named = [(m.start(), f"{m.group(1)}.{m.group(2)}") for m in _CPP_TEST.finditer(text)]
    for tag in pattern.finditer(text):
        line = text.count("\n", 0, tag.start()) + 1
        if path.suffix == ".scn":
            test = path.name
        else:
            begin = text.rfind("\n", 0, tag.start()) + 1
            inside = path.suffix != ".py" and text[begin:begin + 1].isspace()
            around = [name for start, name in named if start < tag.start()]
            after = [name for start, name in named if start > tag.start()]
            found = around[-1:] if inside else after[:1]
            test = found[0] if found else None
        yield line, tag, test


def command_line(about):
    """Where the sources are, and whether to look only."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page is out of date")
    return parser.parse_args()


def write_or_check(target, text, check, maker):
    """Writes the page, or answers what is wrong with the one there is."""
    if not check:
        target.write_text(text)
    elif not target.exists() or target.read_text() != text:
        return [f"{target.parent.name}/{target.name} is out of date: run {maker} ."]
    return []
