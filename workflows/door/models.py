"""What the door remembers: how often somebody tried in vain."""

from __future__ import annotations

from django.db import models


class Tries(models.Model):
    """Attempts under one key since an instant. The key is a digest: whatever was typed is not to be read here.

    In the database and not in a cache, because every process has to see it, and the smallest installation has
    nothing else that they share.
    """

    key = models.CharField(max_length=64, primary_key=True, editable=False)
    since = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.count}"
