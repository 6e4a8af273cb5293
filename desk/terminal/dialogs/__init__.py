"""One act each, asked for in a box above the screen; a refused act leaves the box open with its words kept."""
