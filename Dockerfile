# The operator's image: Python, the locked requirements, the package. It has no pip and no compiler, runs as nobody in
# particular, and writes nowhere but to /tmp.
#   docker build --tag django-operator:0.1.0 --build-arg VERSION=0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" .
# No network is used but in the second stage, for what requirements/ locks (PIP_INDEX_URL: of a mirror).
ARG BASE=python:3.13-slim-bookworm

# What every version has in common. The stdlib is compiled here: the official image has none of its bytecode, and a
# read-only root would compile it anew at every start.
FROM ${BASE} AS root
RUN set -eu; \
    stdlib=$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))'); \
    for folder in $(python -c 'import site; print(*site.getsitepackages())'); do rm -rf "$folder"; done; \
    cd "$stdlib"; \
    rm -rf ensurepip idlelib lib2to3 pydoc_data test tkinter turtledemo venv config-*; \
    python -m compileall -q --invalidation-mode unchecked-hash "$stdlib"; \
    rm -rf /usr/share/python-wheels /usr/share/doc /usr/share/man /usr/share/locale /usr/share/info /usr/local/include \
        /usr/local/lib/pkgconfig /root/.cache /var/cache/* /var/lib/apt/* /var/log/* /tmp/*; \
    find /usr/local/bin /usr/bin '(' -name 'pip*' -o -name 'wheel*' -o -name 'idle*' -o -name 'pydoc*' -o -name '2to3*' \
        -o -name 'python*-config' ')' -delete; \
    find / -xdev -type f -perm /6000 -exec chmod a-s '{}' +; \
    mkdir /work; \
    echo 'nonroot:x:65532:65532::/tmp:/usr/sbin/nologin' >>/etc/passwd; \
    echo 'nonroot:x:65532:' >>/etc/group

# The package, built and installed as a release would be: nothing without its hash, the build backend included.
FROM ${BASE} AS build
ARG PIP_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY requirements requirements
RUN python -m venv /build \
    && python -m venv --without-pip /opt/django-operator \
    && /build/bin/pip install --quiet --no-compile --require-hashes --requirement requirements/build.txt \
    && /build/bin/pip --python /opt/django-operator/bin/python install --quiet --no-compile --require-hashes \
        --only-binary :all: --requirement requirements/runtime.txt
COPY . .
ARG VERSION
RUN set -eu; \
    /build/bin/python -m hatchling build --target wheel --directory /wheel; \
    built=$(echo /wheel/*.whl | cut -d- -f2); \
    if [ "$built" != "${VERSION:-$built}" ]; then echo "VERSION=$VERSION, but this is $built" >&2; exit 1; fi; \
    /build/bin/pip --python /opt/django-operator/bin/python install --quiet --no-compile --no-deps --no-index /wheel/*.whl; \
    cd /opt/django-operator; \
    rm -f bin/activate* bin/Activate*; \
    find . -type f '(' -name '*.c' -o -name '*.h' -o -name '*.pyx' -o -name '*.pxd' ')' -delete; \
    bin/python -m compileall -q --invalidation-mode unchecked-hash lib

FROM scratch
COPY --from=root / /
COPY --from=build /opt/django-operator /opt/django-operator
ENV PATH=/opt/django-operator/bin:/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# `docker run --volume "$PWD:/work:ro" IMAGE render sample.yaml`
WORKDIR /work
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["django-operator"]
CMD ["run"]
ARG BASE
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="django-operator" \
    org.opencontainers.image.description="Runs whole Django stacks on Kubernetes" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.base.name="${BASE}" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
