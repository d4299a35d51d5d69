"""Who uses which package: what sources, scripts, configuration and tools say about the entries of a package.json."""
