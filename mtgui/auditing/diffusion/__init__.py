"""Diffusion models and LoRAs: what recognises them, what builds them, and their losses."""
