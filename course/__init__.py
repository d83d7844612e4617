"""Deep Learning with Keras and TensorFlow: the lessons, and the data and figures that they use.

Import this package before Keras: TensorFlow reads these two settings once, when it is loaded. They keep its start-up
messages out of the notebooks, and make it add numbers in the same order on every processor.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
