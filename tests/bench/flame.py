#!/usr/bin/env python3
# tests/bench/flame.py - a flame graph of what `perf record --call-graph fp` has sampled: width is time, callees stand above.
#   perf record -F 5000 --call-graph fp -o p.data build/release/tests/bench/edge_bench --benchmark_filter=redirected
#   perf script -i p.data | tests/bench/flame.py "302, before" sip::Edge > before.svg
# Of each stack only what is above the first frame that contains the second word. What is thinner than 0.7 % is left out.
import html
import re
import sys

WIDTH, ROW, THINNEST = 960, 15, 0.007


def stacks(lines, root):
    frames = []
    for line in lines:
        frame = re.match(r"\s+[0-9a-f]+ (.+) \(", line)
        if frame:
            frames.append(re.sub(r"\(anonymous namespace\)::|\[abi:cxx11\]|\+0x[0-9a-f]+$|sip::", "", frame[1]).split("(")[0]
                          if root not in frame[1] else frame[1].split("+0x")[0].split("(")[0].replace("sip::", ""))
        elif not line.strip() and frames:
            frames.reverse()
            at = next((i for i, name in enumerate(frames) if root.replace("sip::", "") in name), None)
            if at is not None:
                yield frames[at:]
            frames = []


def tree_of(all_stacks):
    tree = [0, {}]
    for stack in all_stacks:
        node = tree
        node[0] += 1
        for name in stack:
            node = node[1].setdefault(name, [0, {}])
            node[0] += 1
    return tree


def boxes(node, total, x, depth):
    for name, child in sorted(node[1].items(), key=lambda each: -each[1][0]):
        if child[0] / total >= THINNEST:
            yield name, x, depth, child[0] / total
            yield from boxes(child, total, x, depth + 1)
        x += child[0] / total


def main():
    title, root = sys.argv[1:3]
    tree = tree_of(stacks(sys.stdin, root))
    all_boxes = list(boxes(tree, max(tree[0], 1), 0.0, 0))
    height = (max((each[2] for each in all_boxes), default=0) + 3) * ROW
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="10">'
          f'<text x="4" y="12">{html.escape(title)}: {tree[0]} samples</text>')
    for name, x, depth, share in all_boxes:
        left, top, width = x * WIDTH, height - (depth + 1) * ROW, share * WIDTH
        fits = html.escape(name[:int(width / 5.6)]) if width > 30 else ""
        print(f'<g><title>{html.escape(name)} {100 * share:.1f} %</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}" '
              f'height="{ROW - 1}" fill="#f{sum(map(ord, name)) % 6 + 9:x}{sum(map(ord, name)) % 5 + 4:x}"/>'
              f'<text x="{left + 2:.1f}" y="{top + 11}">{fits}</text></g>')
    print("</svg>")


if __name__ == "__main__":
    main()
