"""Read by gunicorn from its folder, before its command line, which is the operator's."""

worker_class = "gthread"
threads = 4
# It would be a file in the user's home, which is read-only: an error in the log of each start.
control_socket_disable = True
