"""Would a LoRA or a fine-tune of somebody's pictures be found? A small diffusion model is trained for it."""
