"""The classifiers of the transformers library that mtgui has modules for."""
