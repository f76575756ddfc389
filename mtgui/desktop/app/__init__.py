"""The program around the pages: start, main window, settings dialog, errors."""
