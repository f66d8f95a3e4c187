"""Simulator of bisphosphonate treatment of osteogenesis imperfecta. Simulated, not observed; it advises no one."""
