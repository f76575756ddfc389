"""The look of the window: colours, spaces, icons and the style sheet."""
