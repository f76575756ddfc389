"""ViT and DeiT."""
