"""`python -m django_operator`."""

import sys

from django_operator.cli import main

sys.exit(main())
