"""Deep Learning with Keras and TensorFlow: what the labs teach with (data, pictures) and the lessons themselves.

Import it before Keras: TensorFlow reads these two settings once, when it is loaded. They keep its start-up
messages out of the notebooks, and its sums in one order whatever processor they run on.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
