"""Bisphosphonates: one file of numbers per drug, the dose rule, plasma, drug in bone and its effect."""
