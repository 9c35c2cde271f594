"""`python -m django_operator`."""

from django_operator.cli import program

program()
