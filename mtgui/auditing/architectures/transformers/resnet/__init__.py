"""ResNet as the transformers library has it."""
