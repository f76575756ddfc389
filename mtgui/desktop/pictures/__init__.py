"""Lists of pictures: scanning folders, thumbnails, strips."""
