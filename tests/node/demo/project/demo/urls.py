"""Where what is."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.index),
    path("state", views.state),
    path("tasks/", views.tasks),
    path("tasks.json", views.tasks_json),
    path("ticks.json", views.ticks_json),
    path("healthz/", views.healthz),
    path("readyz/", views.readyz),
]
