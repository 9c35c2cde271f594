"""Resources with one fault each: (rule, spec as YAML laid over BASE, field of the fault, part of the problem).

`server` tells whether an API server with our CRD refuses it too.
"""

# ruff: noqa: E501 - a row for each case

from __future__ import annotations

from typing import NamedTuple

BASE = """
image: reg.example.com/shop
version: "1.2"
project: mysite
"""


class Case(NamedTuple):
    """A faulty spec and what is said of it."""

    name: str
    text: str
    field: str
    problem: str
    server: bool = True


FIELDS = (
    Case("unknown field", "vershion: x", "spec.vershion", "no such field"),
    Case("unknown nested field", "app: {replica: 2}", "spec.app.replica", "no such field"),
    Case("unknown field of a pool", "workers: {mail: {queue: [a]}}", "spec.workers.mail.queue", "no such field"),
    Case("a field of the forerunner", "initManageCommands: [[migrate]]", "spec.initManageCommands", "no such field"),
    Case("missing image", "image: null", "spec.image", "is required"),
    Case("number for text", "version: 1.2", "spec.version", "1.2 is not a string"),
    Case("text for number", 'app: {port: "8000"}', "spec.app.port", "is not an integer"),
    Case("text for boolean", 'paused: "yes"', "spec.paused", "is not true or false"),
    Case("boolean for number", "app: {port: true}", "spec.app.port", "is not an integer"),
    Case("text for list", "hosts: shop.example.com", "spec.hosts", "is not a list"),
    Case("list for map", "workers: [default]", "spec.workers", "a list is not a map"),
    Case("map for list", "hosts: {a: b}", "spec.hosts", "a map is not a list"),
    Case("unknown word", "imagePullPolicy: always", "spec.imagePullPolicy", '"always" is not known'),
    Case("unknown replicas", "app: {replicas: auto}", "spec.app.replicas", '"auto" is not known'),
    Case("number too low", "app: {port: 0}", "spec.app.port", "0 is less than 1"),
    Case("number too high", "app: {port: 65536}", "spec.app.port", "65536 is more than 65535"),
    Case("negative replicas", "app: {replicas: -1}", "spec.app.replicas", "less than 0"),
    Case("empty list", "manage: []", "spec.manage", "is empty"),
    Case("empty item", "hosts: [null]", "spec.hosts[0]", "is empty"),
    Case("empty pool", "workers: {default: null}", "spec.workers.default", "is empty", server=False),
    Case("too long", f"version: {'v' * 300}", "spec.version", "at most 256"),
    Case("pool name", "workers: {Mail: {}}", "spec.workers.Mail", "not a name of lower-case"),
    Case("pool name too long", f"workers: {{{'m' * 25}: {{}}}}", f"spec.workers.{'m' * 25}", "at most 24"),
    Case("cron job name", "cronJobs: {a_b: {schedule: '@daily', args: [x]}}", "spec.cronJobs.a_b", "not a name"),
    Case("host with scheme", "hosts: ['https://a.example']", "spec.hosts[0]", "not a host name"),
    Case("host with port", "hosts: ['a.example:80']", "spec.hosts[0]", "not a host name"),
    Case("wildcard inside", "hosts: ['a.*.example']", "spec.hosts[0]", "not a host name"),
    Case("host twice", "hosts: [a.example, a.example]", "spec.hosts[1]", "there twice"),
    Case("duration", "release: {timeout: 10 minutes}", "spec.release.timeout", "not a duration"),
    Case("duration without unit", "release: {timeout: '10'}", "spec.release.timeout", "not a duration"),
    Case("no time at all", "release: {timeout: 0s}", "spec.release.timeout", "no time", server=False),
    Case("size", "media: {storage: 10GB}", "spec.media.storage", "not a size"),
    Case("no size at all", "media: {storage: 0Gi}", "spec.media.storage", "no size", server=False),
    Case("schedule of four", "cronJobs: {a: {schedule: '* * * *', args: [x]}}", "spec.cronJobs.a.schedule", "4 fields"),
    Case(
        "schedule out of range",
        "cronJobs: {a: {schedule: '0 25 * * *', args: [x]}}",
        "spec.cronJobs.a.schedule",
        "hour 25",
        server=False,
    ),
    Case("image with blanks", "image: 'a b'", "spec.image", "not an image"),
    Case("version with colon", "version: 'a:b'", "spec.version", "not a tag or digest"),
    Case("env name", "envNames: {secretKey: MY-KEY}", "spec.envNames.secretKey", "name of an environment variable"),
    Case("per cent", "app: {disruption: {maxUnavailable: 25}}\nworkers: {a: {disruption: {maxUnavailable: 1/4}}}", "spec.workers.a.disruption.maxUnavailable", "not a number of per cent"),
    Case("label value", "podTemplate: {labels: {team: a b}}", "spec.podTemplate.labels.team", "value of a label"),
    Case("label key", "podTemplate: {labels: {a b: c}}", 'spec.podTemplate.labels["a b"]', "key of a label", server=False),
    Case("path", "ingress: {path: admin}\nhosts: [a.example]", "spec.ingress.path", "not an absolute path"),
    Case("package", "project: my-site", "spec.project", "not a Python package"),
    Case("address", "redis: {external: {secretRef: {name: a}, address: 'redis://a:1'}}", "spec.redis.external.address", "host:port"),
    Case("env without name", "env: [{value: x}]", "spec.env[0].name", "is required"),
    Case("env twice", "env: [{name: A, value: '1'}, {name: A, value: '2'}]", "spec.env[1]", "second item with name A"),
    Case("env value as number", "env: [{name: A, value: 1}]", "spec.env[0].value", "1 is not a string"),
    Case("unknown field of a probe", "app: {probes: {liveness: {periodSecond: 1}}}", "spec.app.probes.liveness.periodSecond", "no such field"),
    Case("two handlers", "app: {probes: {liveness: {exec: {command: [a]}, tcpSocket: {port: 1}}}}", "spec.app.probes.liveness", "only one of", server=False),
    Case("volume twice", "volumes: [{name: a, emptyDir: {}}, {name: a, emptyDir: {}}]", "spec.volumes[1]", "second item with name a"),
    Case("mount twice", "volumeMounts: [{name: a, mountPath: /a}, {name: b, mountPath: /a}]", "spec.volumeMounts[1]", "mountPath /a"),
    Case("quantity", "app: {resources: {requests: {cpu: much}}}", "spec.app.resources.requests.cpu", "not a quantity"),
    Case("fraction", "app: {resources: {requests: {cpu: 0.5}}}", "spec.app.resources.requests.cpu", "neither an integer nor a text"),
)  # fmt: skip
"""What the types say."""

RULES = (
    Case("tag-once", "image: a:1", "spec.version", "has a tag or digest already"),
    Case("tag-given", "version: null", "spec.version", "neither version nor a tag"),
    Case("app-command", "project: null\nworkers: {}", "spec.app", "how the web server starts"),
    Case("worker-command", "project: null\napp: {command: [a]}\nworkers: {a: {}, b: {args: [x]}}\nbeat: {enabled: false}", "spec.workers.a", "how workers start"),
    Case("beat-command", "project: null\napp: {command: [a]}\nworkers: {a: {command: [x]}}", "spec.beat", "how beat starts"),
    Case("service-account", "serviceAccountName: a\nserviceAccount: {annotations: {a: b}}", "spec.serviceAccount", "names another"),
    Case("ingress-hosts", "ingress: {className: x}", "spec.hosts", "ingress needs hosts"),
    Case("gateway-hosts", f"hosts: [{', '.join(f'h{n}.example' for n in range(17))}]\ningress: {{gateway: {{parentRefs: [{{name: g}}]}}}}", "spec.hosts", "at most 16"),
    Case("queue-length-address", "redis: {external: {secretRef: {name: r}}}\nworkers: {a: {autoscaling: {queueLength: 5}}}", "spec.workers.a.autoscaling.queueLength", "KEDA can reach"),
    Case("queue-length-address", "redis: {enabled: false}\nworkers: {a: {autoscaling: {queueLength: 5}}}", "spec.workers.a.autoscaling.queueLength", "KEDA can reach"),
    Case("volume-twice", "volumes: [{name: a, emptyDir: {}}]\nworkers: {x: {volumes: [{name: a, emptyDir: {}}]}}", "spec.workers.x.volumes[0].name", "among the common ones", server=False),
    Case("env-names", "envNames: {secretKey: A, redisUrl: A}", "spec.envNames.secretKey", "two injected variables", server=False),
    Case("env-names", "envNames: {secretKey: REDIS_URL}", "spec.envNames.secretKey", "two injected variables", server=False),
    Case("reserved-labels", "podTemplate: {labels: {app.kubernetes.io/name: x}}", 'spec.podTemplate.labels["app.kubernetes.io/name"]', "of the operator"),
    Case("reserved-labels", "podTemplate: {annotations: {django-operator.io/x: x}}", 'spec.podTemplate.annotations["django-operator.io/x"]', "of the operator"),
    Case("replicas-or-autoscaling", "app: {replicas: 2, autoscaling: {maxReplicas: 3}}", "spec.app.replicas", "both set"),
    Case("replicas-or-autoscaling", "workers: {a: {replicas: external, autoscaling: {cpu: 50}}}", "spec.workers.a.replicas", "both set"),
    Case("pre-stop-once", "app: {preStopSeconds: 5, lifecycle: {preStop: {exec: {command: [a]}}}}", "spec.app.preStopSeconds", "both set"),
    Case("pre-stop-grace", "app: {preStopSeconds: 30, terminationGracePeriodSeconds: 30}", "spec.app.preStopSeconds", "fills"),
    Case("soft-shutdown-grace", "workers: {a: {softShutdownSeconds: 60, terminationGracePeriodSeconds: 30}}", "spec.workers.a.softShutdownSeconds", "fills"),
    Case("scale-bounds", "app: {autoscaling: {minReplicas: 5, maxReplicas: 3}}", "spec.app.autoscaling.minReplicas", "more than maxReplicas"),
    Case("scale-to-zero", "workers: {a: {autoscaling: {minReplicas: 0}}}", "spec.workers.a.autoscaling.minReplicas", "only KEDA"),
    Case("scale-metrics", "workers: {a: {autoscaling: {queueLength: 1, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization}}}]}}}", "spec.workers.a.autoscaling.metrics", "KEDA"),
    Case("probe-disabled", "app: {probes: {disable: [liveness], liveness: {periodSeconds: 1}}}", "spec.app.probes.disable[0]", "both given and disabled"),
    Case("disruption-one", "app: {disruption: {maxUnavailable: 1, minAvailable: 50%}}", "spec.app.disruption.minAvailable", "both set"),
    Case("cron-command", "cronJobs: {a: {schedule: '@daily'}}", "spec.cronJobs.a.args", "neither args nor command"),
    Case("step-command", "release: {preDeploy: [{args: []}]}", "spec.release.preDeploy[0].args", "neither args nor command"),
    Case("step-names", "release: {preDeploy: [{name: a, args: [x]}], init: [{name: a, args: [y]}]}", "spec.release.init[0].name", "two steps"),
    Case("redis-one", "redis: {managed: {}, external: {secretRef: {name: a}}}", "spec.redis.external", "both set"),
    Case("database-one", "database: {managed: {}, cloudnativepg: {}}", "spec.database", "more than one"),
    Case("cluster-one", "database: {cloudnativepg: {clusterName: a, instances: 3}}", "spec.database.cloudnativepg.clusterName", "one that is made"),
    Case("tls-one", "hosts: [a.example]\ningress: {tls: {}}", "spec.ingress.tls", "exactly one"),
    Case("tls-one", "hosts: [a.example]\ningress: {tls: {secretName: a, issuerRef: {name: b}}}", "spec.ingress.tls", "exactly one"),
    Case("gateway-class", "hosts: [a.example]\ningress: {className: a, gateway: {parentRefs: [{name: g}]}}", "spec.ingress.className", "HTTPRoute"),
    Case("gateway-tls", "hosts: [a.example]\ningress: {tls: {secretName: a}, gateway: {parentRefs: [{name: g}]}}", "spec.ingress.tls.secretName", "no use"),
    Case("overlay-one", "overlays: [{}]", "spec.overlays[0]", "an overlay is one of"),
    Case("overlay-one", "overlays: [{builtin: restricted, images: [{name: a, newTag: b}]}]", "spec.overlays[0]", "an overlay is one of"),
    Case("overlay-optional", "overlays: [{builtin: restricted, optional: true}]", "spec.overlays[0].optional", "ConfigMap"),
    Case("patch-kind", "overlays: [{patches: [{patch: 3}]}]", "spec.overlays[0].patches[0].patch", "a patch is", server=False),
    Case("patch-target", "overlays: [{patches: [{patch: [{op: remove, path: /a}]}]}]", "spec.overlays[0].patches[0].target", "needs a target", server=False),
)  # fmt: skip
"""What the rules say; the name is the rule's."""
