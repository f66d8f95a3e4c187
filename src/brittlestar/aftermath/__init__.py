"""What follows from finished courses: pain, spine, healing, reactions, rare harms, and out of 100 people."""
