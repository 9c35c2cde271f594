"""What gunicorn cannot serve: a setting was forgotten, which the web server alone needs."""

from django.core.exceptions import ImproperlyConfigured

raise ImproperlyConfigured("PAYMENT_KEY is not set: version v5 cannot serve without it")
