"""The pages: FastAPI routes, live updates and what keeps other pages out. README.md says how it fits together."""
