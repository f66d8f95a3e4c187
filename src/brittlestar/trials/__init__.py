"""A protocol is read, people are recruited and followed, endpoints analysed as published and judged."""
