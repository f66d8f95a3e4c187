"""What people feel, as equations with their numbers: fractures, pain, spine, healing, reactions."""
