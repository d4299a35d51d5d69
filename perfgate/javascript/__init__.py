"""What JavaScript and TypeScript sources and the output of bundlers say. Text in, values out; nothing is ever run."""
