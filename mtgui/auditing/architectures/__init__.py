"""One folder per family of networks: what tells it by names and shapes, beside what builds it."""
