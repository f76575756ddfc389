"""The messages that an ONNX file is made of, by field number (onnx.proto, IR version 13)."""

from mtgui.reading.protobuf import Layout

MODEL: Layout = {
    1: ("ir_version", "int"),
    2: ("producer_name", "bytes"),
    3: ("producer_version", "bytes"),
    4: ("domain", "bytes"),
    5: ("model_version", "int"),
    6: ("doc_string", "bytes"),
    7: ("graph", "bytes"),
    8: ("opset_import", "many"),
    14: ("metadata_props", "many"),
    20: ("training_info", "many"),
    25: ("functions", "many"),
}
OPSET: Layout = {1: ("domain", "bytes"), 2: ("version", "int")}
GRAPH: Layout = {
    1: ("node", "many"),
    2: ("name", "bytes"),
    5: ("initializer", "many"),
    10: ("doc_string", "bytes"),
    11: ("input", "many"),
    12: ("output", "many"),
    13: ("value_info", "many"),
    14: ("quantization_annotation", "many"),
    15: ("sparse_initializer", "many"),
    16: ("metadata_props", "many"),
}
NODE: Layout = {
    1: ("input", "many"),
    2: ("output", "many"),
    3: ("name", "bytes"),
    4: ("op_type", "bytes"),
    5: ("attribute", "many"),
    6: ("doc_string", "bytes"),
    7: ("domain", "bytes"),
    8: ("overload", "bytes"),
    9: ("metadata_props", "many"),
}
ATTRIBUTE: Layout = {
    1: ("name", "bytes"),
    2: ("f", "float"),
    3: ("i", "int"),
    4: ("s", "bytes"),
    5: ("t", "bytes"),
    6: ("g", "bytes"),
    7: ("floats", "floats"),
    8: ("ints", "ints"),
    9: ("strings", "many"),
    10: ("tensors", "many"),
    11: ("graphs", "many"),
    13: ("doc_string", "bytes"),
    14: ("tp", "bytes"),
    15: ("type_protos", "many"),
    20: ("type", "int"),
    21: ("ref_attr_name", "bytes"),
    22: ("sparse_tensor", "bytes"),
    23: ("sparse_tensors", "many"),
}
TENSOR: Layout = {
    1: ("dims", "ints"),
    2: ("data_type", "int"),
    3: ("segment", "bytes"),
    4: ("float_data", "floats"),
    5: ("int32_data", "ints"),
    6: ("string_data", "many"),
    7: ("int64_data", "ints"),
    8: ("name", "bytes"),
    9: ("raw_data", "bytes"),
    10: ("double_data", "doubles"),
    11: ("uint64_data", "ints"),
    12: ("doc_string", "bytes"),
    13: ("external_data", "many"),
    14: ("data_location", "int"),
    16: ("metadata_props", "many"),
}
VALUE: Layout = {1: ("name", "bytes"), 2: ("type", "bytes"), 3: ("doc_string", "bytes"), 4: ("metadata_props", "many")}
TYPE: Layout = {
    1: ("tensor_type", "bytes"),
    4: ("sequence_type", "bytes"),
    5: ("map_type", "bytes"),
    6: ("denotation", "bytes"),
    7: ("opaque_type", "bytes"),
    8: ("sparse_tensor_type", "bytes"),
    9: ("optional_type", "bytes"),
}
TENSOR_TYPE: Layout = {1: ("elem_type", "int"), 2: ("shape", "bytes")}
SHAPE: Layout = {1: ("dim", "many")}
DIMENSION: Layout = {1: ("dim_value", "int"), 2: ("dim_param", "bytes"), 3: ("denotation", "bytes")}

KINDS = {
    1: "F32",
    2: "U8",
    3: "I8",
    4: "U16",
    5: "I16",
    6: "I32",
    7: "I64",
    9: "BOOL",
    10: "F16",
    11: "F64",
    12: "U32",
    13: "U64",
    16: "BF16",
}
"""The kinds of numbers, by their code in the file; mtgui runs no other kinds."""
STORED_AS = {"F32": "float_data", "F64": "double_data", "I64": "int64_data", "U32": "uint64_data", "U64": "uint64_data"}
"""The fields for numbers that are not stored raw; all other kinds are in int32_data."""
