"""Bisphosphonates: one file of numbers per drug, dosing, disposition in plasma and bone."""
