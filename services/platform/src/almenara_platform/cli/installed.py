"""What the commands work on: the checkout, its settings, its runtime and the addresses of its parts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from almenara_platform.cli import write_token
from almenara_platform.cli.client import Api
from almenara_platform.cli.exceptions import CommandError
from almenara_platform.runtimes import checkout, choice
from almenara_platform.runtimes.choice import Choice
from almenara_platform.runtimes.composition import RUNTIMES, own_parts
from almenara_platform.runtimes.exceptions import RuntimeFailure, UnknownPart
from almenara_platform.runtimes.members import Members
from almenara_platform.runtimes.port import Runtime


class Installation:
    """Looked up when a command needs it, so that reading commands work outside a checkout as well."""

    def __init__(self, directory: Path | None = None, environ: Mapping[str, str] = os.environ) -> None:
        self._directory = directory or Path.cwd()
        self._environ = environ
        self._built: dict[str, Runtime] = {}

    @cached_property
    def root(self) -> Path:
        """The root of the checkout; raises ``RuntimeFailure`` outside of one."""
        return checkout.find(self._directory)

    @cached_property
    def members(self) -> Members:
        """Every setting; almenara.toml is looked for in the checkout, else in the working directory."""
        try:
            folder = self.root
        except RuntimeFailure:
            folder = self._directory
        return Members.load(self._environ, folder)

    @cached_property
    def choice(self) -> Choice:
        """Which runtime ``up`` uses, and why."""
        return choice.choose(
            self.members.value("RUNTIME"), self.root, RUNTIMES.keys(), choice.engine_complaint
        )

    @cached_property
    def chosen_runtime(self) -> Runtime:
        """The runtime that ``up`` uses."""
        return self._build(self.choice.runtime)

    @cached_property
    def runtime(self) -> Runtime:
        """The runtime that runs, else the one that ``up`` would use."""
        return next(self._running_ones(), None) or self.chosen_runtime

    @cached_property
    def beyond_reach(self) -> str:
        """Why compose's volumes are not to be reached; empty when they are."""
        return self.choice.reason if self.choice.runtime == "embedded" else ""

    def with_data(self) -> list[Runtime]:
        """The runtimes whose data can be removed, compose first: its containers read the data folder."""
        # Parts that SKIP names may have data of an earlier start, and may be those of the other runtime.
        environ = {**self._environ, "SKIP": ","}
        members = Members.load(environ, self.root)
        names = ["embedded"] if self.beyond_reach else ["compose", "embedded"]
        return [RUNTIMES[name](self.root, members, environ) for name in names]

    def _running_ones(self) -> Iterator[Runtime]:
        for name in RUNTIMES:
            # SKIP may name parts that only the other runtime has.
            with suppress(UnknownPart):
                runtime = self._build(name)
                if runtime.is_running():
                    yield runtime

    def _build(self, name: str) -> Runtime:
        if name not in self._built:
            self._built[name] = RUNTIMES[name](self.root, self.members, self._environ)
        return self._built[name]

    @cached_property
    def platform(self) -> Api:
        """The platform: the one ALMENARA_URL names, else the one of this checkout."""
        return Api("the platform", self._address("ALMENARA_URL", "platform"), token=self._token())

    @cached_property
    def sample_api(self) -> Api:
        """The sample API: the one ALMENARA_SAMPLE_API_URL names, else the one of this checkout."""
        return Api("the sample API", self._address("ALMENARA_SAMPLE_API_URL", "sample-api"))

    @cached_property
    def alertmanager(self) -> Api:
        """Alertmanager: the one ALMENARA_ALERTMANAGER_URL names, else the one of this checkout."""
        given = self.members.value("ALMENARA_ALERTMANAGER_URL")
        found = given or self._running().get("alertmanager")
        if not found:
            raise CommandError(
                "no Alertmanager runs here; put `alertmanager` on PATH and start again with `make up`, "
                "or set ALMENARA_ALERTMANAGER_URL"
            )
        return Api("Alertmanager", str(found))

    @cached_property
    def otlp_endpoint(self) -> str:
        """The Collector that takes spans and logs; "" where the platform takes them itself."""
        given = str(self.members.value("ALMENARA_OTLP_ENDPOINT") or "")
        if given or self.members.value("ALMENARA_URL"):
            return given
        return self._running().get("otel-collector", "")

    def _address(self, variable: str, part: str) -> str:
        given = self.members.value(variable)
        if given:
            return str(given)
        return self._running().get(part) or next(
            own.url for own in own_parts(self.members) if own.name == part
        )

    def _token(self) -> str:
        try:
            return write_token.find(self.members, self.root, lambda: self.runtime.name)
        except RuntimeFailure:
            return str(self.members.value(write_token.NAME) or "")

    def _running(self) -> Mapping[str, str]:
        try:
            return self.runtime.addresses()
        except RuntimeFailure:
            return {}
