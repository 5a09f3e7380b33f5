"""The policy of the page, and what its template needs to know of the panel."""

from django.conf import settings


def panel_csp(get_response):
    """What a careful administrator would send: the application's own files, and the panel's server."""

    def middleware(request):
        response = get_response(request)
        server = settings.PANEL
        response["Content-Security-Policy"] = (
            "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
            f"script-src 'self' {server} 'wasm-unsafe-eval'; connect-src 'self' {server}; object-src 'none'"
        )
        return response

    return middleware


def panel(request):
    """The token comes from the query, put there by the test: a helpdesk would mint it for its signed-in agent."""
    return {"panel_server": settings.PANEL, "panel_token": request.GET.get("panel_token", "")}
