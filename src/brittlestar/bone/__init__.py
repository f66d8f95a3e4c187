"""Bone, one piece of physiology a module, its numbers beside it: cells, structure, load, scanner."""
