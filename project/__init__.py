"""Composition only: settings, addresses, doors. Nothing else in the house imports it."""

import os

if os.environ.get("BROKER_URL"):  # then every process must know where to send a message
    from .celery import app as celery_app

    __all__ = ["celery_app"]
