"""One folder per family of networks, with the module that recognises it and the module that builds it."""
