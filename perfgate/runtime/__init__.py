"""Running services: started, asked and ended, so that analyzers can measure them."""
