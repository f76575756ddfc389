"""DenseNets for small pictures."""
