"""The API's reference as one page of plain HTML, because nothing may be loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter()
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code { font-size: .95em } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0 }
td { border-top: 1px solid #8884 }
h2 { margin-top: 2.5rem; font-size: 1.1rem } small { opacity: .75 }
"""


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> HTMLResponse:
    """Every route with its parameters; the same as ``/openapi.json`` for people."""
    return HTMLResponse(render(request.app.openapi()), headers=_HEADERS)


def render(schema: dict[str, Any]) -> str:
    """An OpenAPI document as a page."""
    title, about = escape(schema["info"]["title"]), escape(schema["info"].get("description", ""))
    operations = "\n".join(_operations(schema))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} API</title>
<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>
<body><h1>{title} API</h1><p>{about} <a href="openapi.json">openapi.json</a> is the same for programs.</p>
{operations}
</body></html>"""


def _operations(schema: dict[str, Any]) -> Iterator[str]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            about = escape(operation.get("description", ""))
            yield f"<h2><code>{escape(name)}</code></h2><p>{about}</p>{_parameters(operation)}"


def _parameters(operation: dict[str, Any]) -> str:
    rows = [_parameter(parameter) for parameter in operation.get("parameters", ())]
    head = "<tr><th>Parameter</th><th>Type</th><th>Meaning</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>" if rows else ""


def _parameter(parameter: dict[str, Any]) -> str:
    schema = parameter.get("schema", {})
    default = f" <small>default {escape(str(schema['default']))}</small>" if "default" in schema else ""
    about = escape(parameter.get("description", ""))
    name, kind = escape(parameter["name"]), escape(_kind(schema))
    return f"<tr><td><code>{name}</code></td><td>{kind}{default}</td><td>{about}</td></tr>"


def _kind(schema: dict[str, Any]) -> str:
    choices = [_kind(choice) for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    if choices:
        return " or ".join(choices)
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return schema.get("format") or schema.get("type") or schema.get("$ref", "").rpartition("/")[2]
