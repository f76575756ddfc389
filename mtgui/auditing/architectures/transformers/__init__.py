"""The classifiers of the transformers library for which mtgui has modules."""
