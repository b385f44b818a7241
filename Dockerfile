# Two stages: the first builds, the second runs as nobody in particular and holds no compiler.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY qosbot qosbot
COPY inventory inventory
COPY playbooks playbooks
RUN python -m venv /opt/qosbot \
 && PIP_CONSTRAINT=constraints.txt /opt/qosbot/bin/pip install --no-cache-dir .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/qosbot --create-home qosbot
COPY --from=build /opt/qosbot /opt/qosbot
ENV PATH=/opt/qosbot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    QOSBOT_INVENTORY=/etc/qosbot/inventory \
    QOSBOT_DATABASE=/var/lib/qosbot/qosbot.db
USER qosbot
WORKDIR /var/lib/qosbot
VOLUME ["/var/lib/qosbot", "/etc/qosbot"]
# Healthy while the last round of polling is younger than three intervals.
HEALTHCHECK --interval=60s --timeout=10s --start-period=120s CMD ["qosbot", "health"]
ENTRYPOINT ["qosbot"]
CMD ["serve"]
