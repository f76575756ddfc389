"""VGG networks for small pictures."""
