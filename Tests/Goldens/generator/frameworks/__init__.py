"""Recurrent layers by other frameworks, with the weights as these name and pack them."""
