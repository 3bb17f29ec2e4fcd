"""Kinoteka: a self-hosted, headless backend for film sites."""

__version__ = "0.1.0"
