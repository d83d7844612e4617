"""JupyterLab as a student meets it, driven in a real browser."""
