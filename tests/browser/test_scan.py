"""Reading a QR code on a page: from a file, the clipboard, a drop and the camera, and what is said if it fails."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from browser.conftest import CHROMIUM_ARGUMENTS, TIMEOUT_MS, sign_in
from harness.chromium import chromium_executable
from harness.fake_camera import write_video
from harness.memory_meeting import found, memory_invite
from harness.memory_messenger import memory_account
from harness.served_messenger import ServedMessenger, served_messenger
from parley.chat.invites.codec import decode_link
from parley.messenger.finding import Way

OpenPage = Callable[..., Page]
DAN = memory_account("dan")


def code(text: str) -> bytes:
    """A QR code as a PNG."""
    out = io.BytesIO()
    segno.make_qr(text).save(out, kind="png", scale=4)
    return out.getvalue()


def known_invite(served: ServedMessenger) -> str:
    """An invite of Dan's, which leads to him when it is looked for."""
    link = memory_invite(DAN)
    invited = found(DAN, way=Way.INVITE, name_asked=False, invite=decode_link(link))
    served.do(lambda messenger: messenger.finds.update({link: invited}))
    return link


def choose(page: Page, name: str, data: bytes, kind: str = "image/png") -> None:
    """Choose a file, as a person does."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files({"name": name, "mimeType": kind, "buffer": data})


def test_a_picture_of_an_invite_leads_to_its_maker(
    alice: ServedMessenger, open_page: OpenPage, complaints: list[str]
) -> None:
    """Chosen, pasted or dropped; even the screenshot of a whole page. Nothing else than the form leaves the page."""
    link = known_invite(alice)
    page = open_page("/contacts/new")
    posted: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            posted.append(request.post_data or "")

    page.on("request", note)

    choose(page, "invite.png", code(link))
    expect(page.locator(".found")).to_contain_text(DAN)
    assert len(posted) == 1
    assert posted[0].startswith("who=parley%3A")

    how = {"paste": "clipboardData", "drop": "dataTransfer"}
    for event, holder in how.items():
        page.goto(alice.origin + "/contacts/new")
        expect(page.get_by_role("button", name="Choose a picture")).to_be_visible()
        page.evaluate(
            """async ([event, holder, data]) => {
                const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
                const held = new DataTransfer();
                held.items.add(new File([bytes], "invite.png", { type: "image/png" }));
                const kind = event === "paste" ? ClipboardEvent : DragEvent;
                document.body.dispatchEvent(
                    new kind(event, { [holder]: held, bubbles: true, cancelable: true }));
            }""",
            [event, holder, base64.b64encode(code(link)).decode()],
        )
        expect(page.locator(".found")).to_contain_text(DAN)

    made = alice.run(lambda messenger: messenger.make_invite())
    page.goto(f"{alice.origin}/invites/{made.invite_id}")
    picture = page.screenshot()
    page.goto(alice.origin + "/contacts/new")
    choose(page, "screen.png", picture)
    # The double finds nobody by it; what counts is that it was read to the last letter.
    expect(page.get_by_label("Name, address or invite")).to_have_value(made.link)
    complaints.clear()  # The browser notes the page with an error's status.


def test_a_picture_without_a_code_is_told(alice: ServedMessenger, open_page: OpenPage) -> None:
    """No code, no picture, a code of more than the field takes: each has its sentence, and the form is not sent."""
    page = open_page("/contacts/new")
    told = page.locator(".scan-told")
    for name, kind, data, sentence in (
        ("page.png", "image/png", page.screenshot(), "No QR code was found"),
        ("none.png", "image/png", b"\x89PNG\r\n\x1a\nnot really", "no picture that your browser can read"),
        ("notes.txt", "text/plain", b"hello", "no picture that your browser can read"),
    ):
        choose(page, name, data, kind)
        expect(told).to_contain_text(sentence)
    page.locator("#who").evaluate("(field) => { field.maxLength = 20; }")
    choose(page, "long.png", code("parley:" + "a" * 30))
    expect(told).to_contain_text("says more than fits here")

    assert page.url == alice.origin + "/contacts/new"
    expect(page.locator("#who")).to_have_value("")


def test_a_camera_that_is_not_there_or_not_allowed_is_told(open_page: OpenPage) -> None:
    """By the browser's own answers, which a machine with a camera would not give."""
    page = open_page("/contacts/new")
    for problem, sentence in {
        "NotFoundError": "No camera was found",
        "NotAllowedError": "does not let Parley use the camera",
        "NotReadableError": "Perhaps another program uses it",
    }.items():
        page.evaluate(
            """(problem) => {
                navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", problem));
            }""",
            problem,
        )
        page.get_by_role("button", name="Use the camera").click()
        expect(page.locator(".scan-told")).to_contain_text(sentence)
        expect(page.locator("video")).to_be_hidden()


@pytest.fixture(scope="module")
def filmed() -> Iterator[tuple[ServedMessenger, str]]:
    """Alice's profile, and the invite that her camera will see."""
    with served_messenger() as served:
        yield served, known_invite(served)


@pytest.fixture
def before_camera(
    browser: Browser, filmed: tuple[ServedMessenger, str], tmp_path: Path
) -> Iterator[BrowserContext]:
    """A Chromium of its own whose camera shows the invite."""
    served, link = filmed
    video = tmp_path / "camera.y4m"
    write_video(video, link)
    arguments = [
        *CHROMIUM_ARGUMENTS,
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    ]
    chromium = browser.browser_type.launch(executable_path=chromium_executable(), args=arguments)
    context = chromium.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    sign_in(context, served)
    yield context
    chromium.close()


def test_a_camera_reads_an_invite(before_camera: BrowserContext, filmed: tuple[ServedMessenger, str]) -> None:
    """Refused at first; allowed, it finds whose the code is."""
    served, _link = filmed
    page = before_camera.new_page()
    page.goto(served.origin + "/contacts/new")
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator(".scan-told")).to_contain_text("does not let Parley use the camera")
    before_camera.grant_permissions(["camera"])
    page.get_by_role("button", name="Use the camera").click()

    expect(page.locator(".found")).to_contain_text(DAN)
