"""Encrypted SQLite: what the product keeps, in one file that is unreadable without its key.

Implements the ports of chat, one module for each of chat's ports modules. It decides nothing about messages; it
stores a whole commit or nothing of it. Specification: README.md of this folder.
"""
