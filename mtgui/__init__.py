"""mtgui: mark pictures before they are published, and learn later whether a model was trained on them."""
