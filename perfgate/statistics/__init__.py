"""What measured numbers are evidence for: intervals, decisions and their error rates. Values in, values out.

Standard library only. Nothing here knows of services, metrics or reports; callers say what the numbers are.
"""
