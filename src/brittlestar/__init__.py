"""Simulator of bisphosphonate treatment of osteogenesis imperfecta: simulated, never observed."""
