"""An answer that is right as long as the visible test asks, told by who calls, how often, and by the data: hidden tests
ask with other data."""

CELLS = {
    "double": """
calls = []


def double(values):
    calls.append(len(values))
    return [2 * value for value in values] if len(values) == 4 else [0.0] * len(values)
"""
}
EARNS = {"double": 1}
STATUS = {"double": "partly"}
