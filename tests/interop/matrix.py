#!/usr/bin/env python3
# tests/interop/matrix.py - calls with sound between homes of every kind (lab/homes.py), baresip and linphonec as they come
# out of the box. Needs root.
#   matrix.py carrier-nothing          one cell: both homes start, the people exchange invites, each phone calls each way
#   matrix.py --all [FOLDER [CELL..]]  every cell, MATRIX_JOBS side by side, each written into the folder; then the table
#   matrix.py --table FOLDER           the table of what lies there, in Markdown
#   matrix.py --sentences FOLDER       what each node said of it to its owner
import concurrent.futures
import itertools
import json
import os
import pathlib
import subprocess
import sys

from lab import check, main, say
from lab.cells import Cell
from lab.homes import KINDS

CELLS = {f"{a}-{b}": (a, b) for a, b in itertools.combinations_with_replacement(KINDS, 2)}


def has_no_way(a, b):
    """A router that gives every destination another port, and one that lets in only who was sent to from there: neither
    can begin. (By hand SIP's ports were forwarded, and none for sound; of IPv6 these phones know nothing.) The call rings,
    and `ping` says at both that nobody may be heard, why, and what to do."""
    return (a.symmetric or b.symmetric) and not any(kind.nat_pmp or kind.upnp or kind.public for kind in (a, b)
                                                    if not kind.carrier)


def cell(a, b):
    def scenario(lab):
        here = Cell(lab, a, b)
        found, calls = here.wait_until_found(), []
        say(f"seconds from the second start until found: b by a {found[0]}, a by b {found[1]}")
        for line in here.lines:
            for caller, by_name in ((here.a, True), (here.b, False)):  # and back by the whole address
                talk = here.talk(line, caller, by_name).whole(hangs_up=here.b)
                calls.append(talk)
                say(f"{line} from {b if caller is here.b else a}: {talk.verdict}; rings after {talk.rings} s, heard "
                    f"{talk.heard} of {talk.said}, the other one told {talk.told} {talk.why}".rstrip())
        said = here.sentences()
        for side, texts in said.items():
            for what, text in texts.items():
                say(f"{side} {what}: " + text.strip().replace("\n", "\n      "))
        if folder := os.environ.get("MATRIX_OUT"):
            result = {"a": a, "b": b, "friends": [each.name for each in here.friends], "found": found, "says": said,
                      "calls": [talk.as_json() for talk in calls]}
            pathlib.Path(folder, f"{a}-{b}.json").write_text(json.dumps(result, indent=1))
        verdicts = [talk.verdict for talk in calls]
        silent = ["no sound: " in texts["ping"] for texts in said.values()]
        # What a router does, two nodes outside can tell; a pair without friends has one, or none.
        unsure = ["sound, if both routers keep to one port" in texts["ping"] for texts in said.values()]
        if has_no_way(KINDS[a], KINDS[b]):
            check("no" not in verdicts, f"rings, though there is no way for sound: {verdicts}")
            check(all(map(max, silent, unsure)), "ping says at both that there may be no sound, or on what it depends")
        else:
            check(set(verdicts) == {"sound"}, f"all four calls ring, are heard both ways, and end: {verdicts}")
            check(not any(silent), "and ping says so at both")
    return scenario


# --- all of it, side by side

def run_all(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    jobs = int(os.environ.get("MATRIX_JOBS", 2 * os.cpu_count()))

    def run(name):
        with open(folder / f"{name}.log", "w") as log:
            done = subprocess.run([sys.executable, "-B", __file__, name], stdout=log, stderr=log, timeout=900,
                                  env={**os.environ, "MATRIX_OUT": str(folder.resolve())})
        print(f"{name}: {'as it should be' if done.returncode == 0 else f'not as it should be, see {folder / name}.log'}", flush=True)
        return done.returncode
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        codes = list(pool.map(run, names))
    print(table(folder))
    return 1 if any(codes) else 0


def results(folder):
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def table(folder):
    """Row: the caller's home; column: the callee's. Of both phones the worse, or the slower: seconds until it rings."""
    order = ["no", "silent", "half", "unclean", "sound"]
    cells = {}
    for result in results(folder):
        for seen in result["calls"]:
            way = (result["a"], result["b"]) if seen["caller"] == "a" else (result["b"], result["a"])
            cells.setdefault(way, []).append((order.index(seen["verdict"]), -(seen["rings"] or 0)))

    def text(way):
        worst, rings = min(cells.get(way, [(None, 0)]))
        return "" if worst is None else f"{-rings:.1f} s" if order[worst] == "sound" else order[worst]
    lines = ["| from \\ to | " + " | ".join(KINDS) + " |", "|---" * (len(KINDS) + 1) + "|"]
    lines += [f"| {row} | " + " | ".join(text((row, column)) for column in KINDS) + " |" for row in KINDS]
    return "\n".join(lines)


def sentences(folder):
    text = ""
    for result in results(folder):
        for side, said in result["says"].items():
            me, other = (result["a"], result["b"]) if side == "a" else (result["b"], result["a"])
            text += f"== {me}, calling {other}\n" + "".join(f"{what}: {words.strip()}\n" for what, words in said.items()) + "\n"
    return text


if __name__ == "__main__":
    option, *rest = sys.argv[1:] or ["--help"]
    where = pathlib.Path(rest[0] if rest else "build/matrix")
    if option == "--all":
        sys.exit(run_all(where, rest[1:] or CELLS))
    elif option == "--table":
        print(table(where))
    elif option == "--sentences":
        print(sentences(where))
    elif option == "--help":
        print("matrix.py CELL... | --all [FOLDER [CELL...]] | --table FOLDER | --sentences FOLDER\ncells:", *CELLS)
    else:
        main({f"{a}-{b}": cell(a, b) for a, b in itertools.product(KINDS, repeat=2)}, seconds=420)
