"""Backups: the database's dump, a copy of the index, the photos, and a manifest that is written last."""
