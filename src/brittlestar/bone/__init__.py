"""Bone: remodelling, structure, mineral, mechanics, strength, and what a scanner and a laboratory read."""
