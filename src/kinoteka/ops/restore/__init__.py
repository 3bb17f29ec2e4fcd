"""Bringing a backup back into empty stores: all of it or nothing."""
