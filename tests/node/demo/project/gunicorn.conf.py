"""Read by gunicorn from its folder, before its command line, which is the operator's."""

worker_class = "gthread"
threads = 4
