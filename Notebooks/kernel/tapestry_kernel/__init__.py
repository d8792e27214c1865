"""A Swift kernel for Jupyter, with the Tapestry library."""
