"""Words: verdicts and reports as text for people and tools. Pure: values in, strings out."""
