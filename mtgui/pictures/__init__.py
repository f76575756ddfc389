"""Picture files in and out: decoding, metadata, encoding."""
