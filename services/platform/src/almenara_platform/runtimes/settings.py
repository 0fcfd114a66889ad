"""Every setting of the runtimes: which one, what to leave out, and the ports of foreign components."""

from __future__ import annotations

from almenara.settings import Setting

SECTION = "runtime"
TABLE: tuple[Setting, ...] = (
    Setting(
        "runtime",
        "RUNTIME",
        str,
        "auto",
        "Where `almenara up` starts the parts; auto takes compose when a Docker engine answers.",
        choices=("auto", "embedded", "compose"),
    ),
    Setting("skip", "SKIP", str, "", "Optional parts to leave out, separated by spaces."),
    Setting(
        "sample_api_url",
        "ALMENARA_SAMPLE_API_URL",
        str,
        "",
        "Address of the sample API that `almenara run` asks; empty for the one of this checkout.",
    ),
    Setting(
        "port_prometheus",
        "ALMENARA_PORT_PROMETHEUS",
        int,
        9090,
        "Port of Prometheus on 127.0.0.1.",
        minimum=1,
    ),
    Setting(
        "port_alertmanager",
        "ALMENARA_PORT_ALERTMANAGER",
        int,
        9093,
        "Port of Alertmanager on 127.0.0.1.",
        minimum=1,
    ),
)
