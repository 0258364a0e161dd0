"""Help, privacy and terms can be read by the app and by everybody with a browser."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gateway import pages
from tests.gateway.scripted import ScriptedBus

SLUGS = tuple(pages.PAGES)
STARTS = ("/pages", "/contact", "/account/forgot", "/account/delete", *(f"/pages/{slug}" for slug in SLUGS))
ROLES = ("patient", "professional", "clinic")


def test_every_file_is_a_page() -> None:
    folder = Path(pages.__file__).parent
    assert {file.stem for file in folder.glob("*.md")} == set(SLUGS)


def test_the_list_names_every_page_without_its_text(browser: TestClient) -> None:
    listed = browser.get("/v1/pages").json()["pages"]
    assert tuple(each["slug"] for each in listed) == SLUGS
    assert all(set(each) == {"slug", "title", "audience", "last_updated"} for each in listed)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_help_of_its_own_beside_what_is_for_everybody(browser: TestClient, role: str) -> None:
    listed = browser.get("/v1/pages", params={"audience": role}).json()["pages"]
    assert {each["audience"] for each in listed} == {role, "everybody"}
    assert f"help-{role}" in {each["slug"] for each in listed}


def test_an_audience_that_is_none_is_refused(browser: TestClient) -> None:
    answer = browser.get("/v1/pages", params={"audience": "robots"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_value")


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_is_the_same_for_apps_and_browsers(browser: TestClient, slug: str) -> None:
    page = browser.get(f"/v1/pages/{slug}").json()
    assert set(page) == {"slug", "title", "audience", "last_updated", "markdown", "html"}
    assert page["slug"] == slug
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", page["last_updated"])
    shown = browser.get(f"/pages/{slug}").text
    assert shown.count("<h1>") == 1
    assert f"<h1>{page['title']}</h1>" in shown
    assert "<h1>" not in page["html"]
    assert page["html"] in shown
    assert f'Last updated: <time datetime="{page["last_updated"]}">' in shown


@pytest.mark.parametrize("address", STARTS)
def test_every_page_stands_alone_and_warns_of_emergencies(browser: TestClient, address: str) -> None:
    shown = browser.get(address).text
    assert '<html lang="en">' in shown
    assert 'name="viewport"' in shown
    assert "<main" in shown
    assert "<nav" in shown
    assert "contact local emergency services or go to the nearest emergency department" in shown
    assert not re.search(r"<script|<link|<img|\ssrc=|@import|url\(|https?://", shown)


@pytest.mark.parametrize("address", STARTS)
def test_no_link_is_dead(browser: TestClient, address: str) -> None:
    for link in set(re.findall(r'href="([^"#]+)"', browser.get(address).text)):
        assert link.startswith("/"), link
        assert browser.get(link).status_code == 200, link


def test_a_page_that_is_not_there_is_not_found(browser: TestClient) -> None:
    answer = browser.get("/v1/pages/prices")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_page")
    shown = browser.get("/pages/prices")
    assert (shown.status_code, shown.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_reading_asks_no_service(browser: TestClient, bus: ScriptedBus) -> None:
    for address in STARTS:
        browser.get(address)
    assert bus.commands == []


def test_markup_in_a_page_is_shown_as_text() -> None:
    assert "<script>" not in pages.to_html("<script>alert(1)</script>")
    assert "href" not in pages.to_html("[x](javascript:alert(1))")


GOOD = "---\ntitle: Rules\nlast_updated: 2026-11-22\naudience: patient\n---\nBe kind.\n"


def test_a_page_is_its_front_matter_and_what_follows(tmp_path: Path) -> None:
    file = tmp_path / "rules.md"
    file.write_text(GOOD)
    page = pages.read(file)
    assert (page.slug, page.title, page.audience) == ("rules", "Rules", "patient")
    assert (page.markdown, page.html) == ("Be kind.", "<p>Be kind.</p>\n")


@pytest.mark.parametrize(
    "text",
    [
        "Be kind.\n",
        "Be kind.\n" + GOOD,
        GOOD.replace("title: Rules\n", ""),
        GOOD.replace("Rules", ""),
        GOOD.replace("2026-11-22", "lately"),
        GOOD.replace("patient", "robots"),
        GOOD.replace("audience", "author: me\naudience"),
        GOOD.replace("Be kind.\n", ""),
    ],
)
def test_a_malformed_page_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.md"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"^rules\.md: "):
        pages.read(file)
