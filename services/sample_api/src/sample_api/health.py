"""/healthz tells that the process answers, /readyz that it can do its work."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Response

Check = Callable[[], object]


def health_router(checks: Mapping[str, Check]) -> APIRouter:
    """Return the probes; a check of `checks` raises when what it names cannot be reached."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        """Answer as long as the process lives."""
        return {"status": "ok"}

    @router.get("/readyz", responses={503: {"description": "Something that the API needs is away"}})
    def readyz(response: Response) -> dict[str, object]:
        """Tell whether warehouse and queue can be reached."""
        results = {name: _result(check) for name, check in checks.items()}
        ready = all(result == "ok" for result in results.values())
        response.status_code = 200 if ready else 503
        return {"status": "ready" if ready else "not ready", "checks": results}

    return router


def _result(check: Check) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the probe has to say so
        return f"unreachable ({type(error).__name__})"
    return "ok"
