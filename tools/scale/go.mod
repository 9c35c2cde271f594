module django-operator/tools/scale

go 1.24.0
