"""Who is treated: growth and density references, types of osteogenesis imperfecta, people and cohorts."""
