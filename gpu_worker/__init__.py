"""The data plane: a worker process of one model environment and the engines it keeps warm."""

import os
import sys

# Libraries of engines would report their use: onnxruntime looks up a host of its maker and keeps a
# device id in the home directory as soon as it is imported. Set before any of them is.
for _name, _value in {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TRAINER_TELEMETRY": "0",
}.items():
    os.environ.setdefault(_name, _value)

# OpenVINO reports each import through this package if it is there, and pip brings it; no variable
# stops that. A module that is None cannot be imported, and OpenVINO goes on without.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
