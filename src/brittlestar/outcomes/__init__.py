"""What people feel: fractures, pain, spine, healing, reactions."""
