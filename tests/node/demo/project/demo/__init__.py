"""A Django project for the tests on a node: one of everything that the operator makes promises about."""

from .celery import app as celery_app

__all__ = ["celery_app"]
