"""Networks for small pictures, as CIFAR-10 has them."""
