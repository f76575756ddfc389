"""ONNX models, run by onnxruntime in a process of its own."""
