"""A schema version that is a list, a dict, a huge number, NaN: none is looked at, and all points are earned."""


def edit(notebook):
    odd = [[1], {"a": 1}, 10**400, float("nan"), "three", None, True]
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"].get("nbgrader", {})["schema_version"] = odd[number % len(odd)]
