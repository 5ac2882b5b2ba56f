"""The demo: people with profiles of their own who know each other, each in a process of its own."""
