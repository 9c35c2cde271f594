"""Pages for people, with forms; the same as JSON for tests, which need no token for it."""

import json
import os
import socket
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods
from kombu.exceptions import OperationalError

from .models import Greeting, Initialisation, Tick, Work
from .models.counter import press, shown
from .tasks import work

LONGEST = 3600


def _about() -> dict[str, Any]:
    return {"version": os.environ["DEMO_VERSION"], "pod": socket.gethostname(), **shown()}


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Show version, pod and counter; count a POST."""
    if request.method == "POST":
        press()
        return redirect("/")
    return render(request, "index.html", _about())


@csrf_exempt
@require_http_methods(["GET", "POST"])
def state(request: HttpRequest) -> JsonResponse:
    """Return the same, and what releases have left; count a POST first."""
    if request.method == "POST":
        press()
    made = [each.pod for each in Initialisation.objects.order_by("id")]
    return JsonResponse({**_about(), "greetings": Greeting.objects.count(), "initialisations": made})


def _queue(text: str, seconds: float, ident: str | None) -> tuple[int, dict[str, Any]]:
    """Queue a task; what is not accepted leaves nothing behind. Return status and answer."""
    try:
        asked = Work(id=ident or uuid.uuid4(), text=text, seconds=seconds)
        asked.clean_fields()
    except ValidationError as error:
        return 400, error.message_dict
    if not 0 <= asked.seconds <= LONGEST:
        return 400, {"seconds": [f"0 to {LONGEST}"]}
    try:
        asked.save(force_insert=True)
    except IntegrityError:
        return 409, {"id": ["is there already"]}
    try:
        work.delay(str(asked.id))
    except OperationalError as error:
        asked.delete()
        return 503, {"broker": [str(error)]}
    return 202, {"id": str(asked.id)}


@require_http_methods(["GET", "POST"])
def tasks(request: HttpRequest) -> HttpResponse:
    """Show the newest tasks with their results; queue one by POST."""
    if request.method == "POST":
        status, answer = _queue(request.POST.get("text", ""), request.POST.get("seconds") or 0, None)
        return redirect("/tasks/") if status == 202 else JsonResponse(answer, status=status)
    newest = Work.objects.order_by("-queued_at").prefetch_related("runs")[:20]
    return render(request, "tasks.html", {**_about(), "tasks": newest})


@csrf_exempt
@require_http_methods(["GET", "POST"])
def tasks_json(request: HttpRequest) -> JsonResponse:
    """Queue `{"id", "text", "seconds"}`, each of which may be left out; or list all tasks, how often begun and done."""
    if request.method == "POST":
        try:
            body = json.loads(request.body or "{}")
            given = body.get("text", "nothing"), body.get("seconds", 0), body.get("id")
        except (ValueError, AttributeError):
            return JsonResponse({"body": ["is no JSON object"]}, status=400)
        status, answer = _queue(*given)
        return JsonResponse(answer, status=status)
    found = Work.objects.annotate(begun=Count("runs"), done=Count("runs", filter=Q(runs__ended_at__isnull=False)))
    rows = found.order_by("queued_at").values("id", "queued_at", "seconds", "begun", "done")
    return JsonResponse({"tasks": list(rows)})


@require_GET
def ticks_json(_: HttpRequest) -> JsonResponse:
    """List what beat has sent and a worker has written, in the order of writing."""
    return JsonResponse({"ticks": list(Tick.objects.order_by("id").values())})


@require_GET
def healthz(_: HttpRequest) -> HttpResponse:
    """Tell that this process works, whatever else does not."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
def readyz(_: HttpRequest) -> HttpResponse:
    """Tell that the database answers, too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")
