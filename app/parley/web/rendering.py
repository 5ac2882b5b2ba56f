"""Makes HTML from templates: a whole page, or one block of the same template.

One address is one resource: a browser gets the page, htmx the block it swaps in. `wants_block` alone decides.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block
from starlette.requests import Request
from starlette.responses import HTMLResponse

from parley.resources import templates_directory
from parley.web.errors import error_page, explain
from parley.web.language import TRANSLATIONS

# The answer depends on these, so a cache must not mix a block up with a page.
VARY = "HX-Request, HX-Boosted, HX-History-Restore-Request"


def wants_block(request: Request) -> bool:
    """Whether htmx asks for a block: neither a boosted link nor a history restore, which need the page."""
    headers = request.headers
    return (
        headers.get("hx-request") == "true"
        and headers.get("hx-boosted") != "true"
        and headers.get("hx-history-restore-request") != "true"
    )


class Renderer:
    """Renders the templates of one application."""

    def __init__(self) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(templates_directory()),
            # Always on, whatever a file is called: peers' text must only ever become element content.
            # Guarded by tests/web/test_hostile_text.py::test_markup_is_shown_and_not_run.
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        # The i18n extension adds this method; the stubs do not know it.
        self.environment.install_gettext_translations(TRANSLATIONS, newstyle=True)  # type: ignore[attr-defined]
        # Globals, because a block that is rendered alone does not see what its template imports.
        self.environment.globals["pieces"] = self.environment.get_template("_pieces.html").module
        self.environment.globals["money"] = self.environment.get_template("money/_pieces.html").module

    def page(self, template: str, **context: Any) -> str:
        """A whole page."""
        return self.environment.get_template(template).render(**context)

    def block(self, template: str, block: str, **context: Any) -> str:
        """One block of a page."""
        return render_block(self.environment, template, block, **context)

    def respond(
        self, request: Request, template: str, page: object, *, block: str | None = None, status: int = 200
    ) -> HTMLResponse:
        """The page, or its block if htmx asked for it and the page has one for it."""
        if block is not None and wants_block(request):
            html = self.block(template, block, page=page)
        else:
            html = self.page(template, page=page)
        return HTMLResponse(html, status, headers={"Vary": VARY})

    def error(self, request: Request, error: Exception) -> HTMLResponse:
        """The page of an error; htmx gets the sentence alone, put above the page so that no form is replaced."""
        explanation = explain(error)
        response = self.respond(
            request, "errors/error.html", error_page(explanation), block="notice", status=explanation.status
        )
        if wants_block(request):
            response.headers["HX-Retarget"] = "#notice"
            response.headers["HX-Reswap"] = "innerHTML"
        return response
