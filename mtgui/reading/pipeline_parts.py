"""The layout of a diffusion model's folder: the file that lists its parts, and the parts that mtgui reads."""

INDEX = "model_index.json"
PARTS = ("unet", "vae", "text_encoder", "text_encoder_2")
"""Each is a folder with “config.json” and weights; “scheduler” has settings alone."""
