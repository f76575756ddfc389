"""ConvNeXt, both versions."""
