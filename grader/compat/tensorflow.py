"""An option of TensorFlow's C library that has no public name.

Nothing is imported: TensorFlow is changed only where it is loaded already, and before its runtime starts.
"""

from __future__ import annotations

import sys

BINDINGS, OPTION = "tensorflow.python.pywrap_tfe", "TFE_ContextOptionsSetRunEagerOpAsFunction"


def run_operations_by_themselves() -> None:
    """An operation outside a graph is no longer made into a function of its own first.

    Why: from Python, TensorFlow makes that function for each operation, anew for each variable and shape, which takes
    longer than a small operation itself. Results do not depend on it.

    The public way: none. The C library leaves the option off; TensorFlow's Python side switches it on whenever its
    context starts, and neither `tf.config` nor an environment variable has a say in it.

    Where the option has another name one day, everything runs as before, only longer.
    """
    bindings = sys.modules.get(BINDINGS)
    if option := getattr(bindings, OPTION, None):
        setattr(bindings, OPTION, lambda options, _: option(options, False))
