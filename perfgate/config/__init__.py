"""What the team asked for: budgets, waivers, the project file, inputs."""
