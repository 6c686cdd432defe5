"""The sandbox as a whole: its page, its limits and its file."""

import base64
import hashlib
import re
import sqlite3

import pytest

from app.errors import SettingsWrong
from integrations.sandbox import SandboxSettings, create_sandbox


def test_the_page_shows_how_the_knobs_stand(client):
    assert 'class="turned"' not in client.get("/").text
    client.post("/knobs/electricity", json={"delay_s": 2.5})
    assert '<td class="turned">2.5</td>' in client.get("/").text


def test_the_page_gives_commands_for_the_address_that_it_was_asked_at(sandbox):
    assert f"curl {sandbox.base}/knobs" in sandbox.client.get("/").text


def test_the_page_allows_its_own_style_and_nothing_else(client):
    page = client.get("/")
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)[1]
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert page.headers["content-security-policy"].startswith(f"default-src 'none'; style-src 'sha256-{hashed}';")
    assert not re.search(r"(src|href)=", page.text)


def test_the_page_escapes_the_address_that_a_client_claims(client):
    page = client.get("/", headers={"Host": 'x"><script>'})
    assert "<script>" not in page.text


def test_an_address_where_nothing_lives_says_where_to_look(client):
    missed = client.get("/passport-office")
    assert (missed.status_code, missed.json()["code"]) == (404, "refused")


def test_no_page_of_this_application_needs_another_host(client):
    assert [client.get(path).status_code for path in ("/docs", "/redoc")] == [404, 404]


@pytest.mark.parametrize("body", [b" " * 65_537, iter([b" " * 40_000] * 2)], ids=["announced", "in chunks"])
def test_a_body_that_is_too_long_is_refused(client, body):
    refused = client.post("/knobs/wallet", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 413


def test_a_second_sandbox_on_the_same_file_is_refused(serve, clock, tmp_path):
    settings = SandboxSettings(database=tmp_path / "sandbox.sqlite3")
    serve(settings)
    with pytest.raises(SettingsWrong, match="stop another sandbox"):
        create_sandbox(settings, clock, bytes)


def test_a_file_that_cannot_be_used_is_refused(clock, tmp_path):
    settings = SandboxSettings(database=tmp_path / "no-such-folder" / "sandbox.sqlite3")
    with pytest.raises(SettingsWrong, match="cannot use"):
        create_sandbox(settings, clock, bytes)


def test_a_file_of_another_version_is_refused(clock, tmp_path):
    path = tmp_path / "sandbox.sqlite3"
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version=99")
    other.close()
    with pytest.raises(SettingsWrong, match="another version"):
        create_sandbox(SandboxSettings(database=path), clock, bytes)


@pytest.mark.parametrize("url", ["localhost:8000/x", "ftp://localhost/x", "http:///x"])
def test_a_delivery_url_that_is_none_is_refused(clock, url):
    with pytest.raises(SettingsWrong, match="delivery URL"):
        create_sandbox(SandboxSettings(delivery_url=url), clock, bytes)
