module django-operator/tools/kube/pause

go 1.24.0
