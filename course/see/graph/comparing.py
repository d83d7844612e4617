"""Compares two graphs: whether they compute the same, and where they differ."""

from __future__ import annotations

from collections.abc import Iterable

from course.see.graph.canonical import canonical
from course.see.graph.data import Graph
from course.see.graph.differences import Change, Diff, admits, counted
from course.see.graph.matching import Matching, sharing
from course.see.graph.merging import Merged
from course.see.graph.words import written


def same(a: Graph, b: Graph) -> bool:
    """Whether both compute the same, according to their canonical forms.

    Names, initializers, and regularizers are ignored. A size that is None in `a` matches any in `b`. One layer used
    twice differs from two layers. An opaque node equals no other node.
    """
    return diff(a, b).same


def diff(seen: Graph, wanted: Graph) -> Diff:
    """What `seen` has in excess, lacks, and does differently from `wanted`, both taken in canonical form."""
    matching = Matching(canonical(seen), canonical(wanted))
    matching.pair_inputs()
    changes = [*_input_changes(matching)]
    if not changes and matching.equal():
        return Diff(matching.seen)
    matching.align()
    merged = Merged(matching)
    changes += [*merged.changes(), *_sharing_changes(matching), *_output_changes(matching)]
    return Diff(merged.graph(), tuple(changes) or (Change("the same layers, connected or shared differently"),))


def _input_changes(matching: Matching) -> Iterable[Change]:
    a, b = len(matching.seen.inputs), len(matching.wanted.inputs)
    if a != b:
        yield Change(f"{counted(a, 'input')} where {b} {'was' if b == 1 else 'were'} asked for")
    for place, other in matching.pairs.items():
        node, asked = matching.seen.nodes[place], matching.wanted.nodes[other]
        if node.kind == "Input" and not admits(node.shapes, asked.shapes):
            name = f" `{node.name or asked.name}`" if node.name or asked.name else ""
            seen, wanted = (written(n.shapes[0]) if n.shapes else "nothing" for n in (node, asked))
            yield Change(
                f"the input{name} takes {seen} where {wanted} was asked for",
                f"Give `keras.Input` the shape {wanted} without the batch.",
            )


def _sharing_changes(matching: Matching) -> Iterable[Change]:
    shared = [sharing(graph) for graph in (matching.seen, matching.wanted)]
    reported = set()
    for place, other in sorted(matching.pairs.items()):
        mine = {matching.pairs.get(p) for p in shared[0].get(place, [])} - {other, None}
        asked = set(shared[1].get(other, [])) - {other}
        asked &= set(matching.back)
        name = matching.wanted.nodes[other].label
        if mine == asked or name in reported:
            continue
        reported.add(name)
        if asked - mine:
            yield Change(
                f"`{name}` is a separate layer in each place where one shared layer was asked for",
                f"Create `{name}` once and call that layer in each place.",
            )
        else:
            yield Change(
                f"one `{name}` is shared where a layer for each place was asked for", "Create a layer for each place."
            )


def _output_changes(matching: Matching) -> Iterable[Change]:
    a, b = len(matching.seen.outputs), len(matching.wanted.outputs)
    if a != b:
        yield Change(f"{counted(a, 'output')} where {b} {'was' if b == 1 else 'were'} asked for")
    asked = dict(zip(matching.outputs[1], matching.wanted.outputs, strict=True))
    for key, end in zip(matching.outputs[0], matching.seen.outputs, strict=True):
        if key in asked and matching.at(asked[key].node) == ("seen", end.node) and asked[key].output != end.output:
            yield Change(
                f"output {key} is a different one of the values that `{matching.seen.nodes[end.node].label}` returns"
            )
