"""The commands of mtgui."""
