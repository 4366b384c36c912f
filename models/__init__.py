"""What was learnt: the sentiment model, and what makes, measures and runs it.

Promise: nothing of what is read here leaves the machine, nor that it was read. ONNX Runtime's packages report each
session and its model to their maker unless told not to before they load (microsoft/onnxruntime, pull request 27379),
and so does the library of model hubs.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
