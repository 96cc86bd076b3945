"""Signing in and out: the cookie, the forms, where a browser is sent, and who may send them."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from renkei_web.forms import local_path
from web.toy import CAREFUL, CODE, EMAIL, PASSWORD, Toy, toy_server, toy_settings

BROWSER = {"accept": "text/html,application/xhtml+xml"}
FORM = {"email": EMAIL, "password": PASSWORD}


def me(client: httpx.Client) -> int:
    return client.post("/graphql", json={"query": "{ me }"}).status_code


def code(response: httpx.Response) -> str:
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


def test_a_program_signs_in_and_out(toy: Toy, anyone: httpx.Client) -> None:
    assert anyone.post("/sign-in", data=FORM).status_code == 204
    assert me(anyone) == 200
    secret = anyone.cookies["renkei_session"]
    assert anyone.post("/sign-out").status_code == 204
    assert "renkei_session" not in anyone.cookies
    assert secret not in toy.app.identity.sessions


def test_a_browser_is_sent_to_where_it_wanted_to_go(anyone: httpx.Client) -> None:
    response = anyone.post("/sign-in", data={**FORM, "next": "/ja/inbox?a=1"}, headers=BROWSER)
    assert (response.status_code, response.headers["location"]) == (303, "/ja/inbox?a=1")
    response = anyone.post("/sign-out", headers=BROWSER)
    assert (response.status_code, response.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/a\\b",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n",
        "javascript:alert(1)",
        "evil",
        "",
        None,
    ],
)
def test_nobody_is_sent_to_another_site(elsewhere: str | None) -> None:
    assert local_path(elsewhere) == "/"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    anyone: httpx.Client, tmp_path: Path
) -> None:
    session, device = anyone.post("/sign-in", data=FORM).headers.get_list("set-cookie")
    assert session.split("; ")[1:] == ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=lax"]
    assert device.split("; ")[1:] == ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=lax"]
    with toy_server(toy_settings(tmp_path, public_url="https://renkei.example")) as safe:
        response = httpx.post(f"{safe.url}/sign-in", data=FORM)
        assert response.headers["set-cookie"].endswith("; Secure")
        assert response.headers["strict-transport-security"] == "max-age=31536000"


def test_signing_in_never_goes_on_with_an_older_session(toy: Toy, anyone: httpx.Client) -> None:
    anyone.post("/sign-in", data=FORM)
    before = anyone.cookies["renkei_session"]
    anyone.post("/sign-in", data=FORM)
    assert anyone.cookies["renkei_session"] != before
    assert before not in toy.app.identity.sessions


def test_wrong_and_unknown_are_answered_alike(anyone: httpx.Client) -> None:
    wrong, unknown = (
        anyone.post("/sign-in", data=form)
        for form in ({**FORM, "password": "x"}, {"email": "nobody@example.jp", "password": "x"})
    )
    assert (wrong.status_code, code(wrong)) == (401, "NOT_SIGNED_IN")
    assert wrong.content == unknown.content
    shown = anyone.post(
        "/sign-in", data={"email": ""}, headers={**BROWSER, "accept-language": "en"}
    )
    assert (shown.status_code, shown.headers["location"]) == (
        303,
        "/en/sign-in?refused=NOT_SIGNED_IN",
    )


def test_a_refused_sign_in_keeps_where_to_go_next(anyone: httpx.Client) -> None:
    shown = anyone.post(
        "/sign-in", data={**FORM, "password": "x", "next": "/ja/inbox"}, headers=BROWSER
    )
    assert shown.headers["location"] == "/ja/sign-in?refused=NOT_SIGNED_IN&next=%2Fja%2Finbox"


def test_one_click_signs_in_to_the_demo(anyone: httpx.Client) -> None:
    assert anyone.post("/sign-in/demo", data={"role": "researcher"}).status_code == 204
    assert me(anyone) == 200
    assert anyone.post("/sign-in/demo", data={"role": "皇帝"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in", "/sign-in/code", "/sign-in/again", "/sign-in/demo", "/sign-out", "/recover",
        "/recover/set", "/sign-in/passkey", "/sign-in/passkey/options", "/sign-in/again/passkey",
        "/sign-in/again/passkey/options",
    ],
)  # fmt: skip
def test_forms_of_other_sites_are_refused(anyone: httpx.Client, path: str) -> None:
    data = {**FORM, "role": "researcher"}
    response = anyone.post(path, data=data, headers={"origin": "https://evil.example"})
    assert (response.status_code, code(response)) == (403, "WRONG_ORIGIN")
    assert "set-cookie" not in response.headers


def test_our_own_forms_are_taken(toy: Toy, anyone: httpx.Client) -> None:
    assert anyone.post("/sign-in", data=FORM, headers={"origin": toy.url}).status_code == 204


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"email=%FF&password=x", "application/x-www-form-urlencoded", 400),
        (b"email=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a=1" for _ in range(100)), "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * 16_384, "application/x-www-form-urlencoded", 413),
        (b'{"email":"a"}', "application/json", 415),
        (b"", "", 415),
    ],
)
def test_what_is_no_small_form_is_refused(
    anyone: httpx.Client, body: bytes, media: str, status: int
) -> None:
    response = anyone.post("/sign-in", content=body, headers={"content-type": media})
    assert response.status_code == status


def test_the_page_is_the_portals(anyone: httpx.Client) -> None:
    response = anyone.get("/sign-in?next=/ja/inbox", headers={"accept-language": "en"})
    assert (response.status_code, response.headers["location"]) == (
        307,
        "/en/sign-in?next=/ja/inbox",
    )


def test_the_server_is_told_whence_one_signs_in(toy: Toy, anyone: httpx.Client) -> None:
    anyone.post("/sign-in", data=FORM, headers={"user-agent": "shiken/1"})
    origin = toy.app.sign_ins.origins[-1]
    assert (origin.address, origin.agent) == ("127.0.0.1", "shiken/1")


def test_a_forwarded_address_is_believed_of_a_named_proxy_alone(
    toy: Toy, anyone: httpx.Client, tmp_path: Path
) -> None:
    forwarded = {"x-forwarded-for": "203.0.113.9"}
    anyone.post("/sign-in", data=FORM, headers=forwarded)
    assert toy.app.sign_ins.origins[-1].address == "127.0.0.1"
    with toy_server(toy_settings(tmp_path, trusted_proxies="127.0.0.1")) as behind:
        httpx.post(f"{behind.url}/sign-in", data=FORM, headers=forwarded)
        assert behind.app.sign_ins.origins[-1].address == "203.0.113.9"


def test_a_browser_is_known_again_whoever_signs_in(toy: Toy, anyone: httpx.Client) -> None:
    anyone.post("/sign-in", data={**FORM, "password": "x"})
    assert "renkei_device" not in anyone.cookies
    anyone.post("/sign-in", data=FORM)
    kept = anyone.cookies["renkei_device"]
    assert kept.startswith("rkd_")
    anyone.post("/sign-out")
    anyone.post("/sign-in", data=FORM)
    first, second = toy.app.sign_ins.origins[-2:]
    assert (first.device, second.device, anyone.cookies["renkei_device"]) == (kept, kept, kept)
    assert kept not in repr(first)


def test_a_program_brings_the_second_step_back_with_the_code(anyone: httpx.Client) -> None:
    wanted = anyone.post("/sign-in", data={**FORM, "email": CAREFUL})
    assert (wanted.status_code, wanted.json()) == (202, {"secondStep": "rk1_1"})
    assert "set-cookie" not in wanted.headers
    assert me(anyone) == 401
    wrong = anyone.post("/sign-in/code", data={**wanted.json(), "code": "000000"})
    assert (wrong.status_code, code(wrong)) == (401, "NOT_SIGNED_IN")
    assert anyone.post("/sign-in/code", data={**wanted.json(), "code": CODE}).status_code == 204
    assert me(anyone) == 200


def test_a_browser_keeps_the_second_step_in_a_cookie_until_it_is_done(anyone: httpx.Client) -> None:
    form = {**FORM, "email": CAREFUL, "next": "/ja/inbox"}
    wanted = anyone.post("/sign-in", data=form, headers={**BROWSER, "accept-language": "ja"})
    assert (wanted.status_code, wanted.headers["location"]) == (
        303,
        "/ja/sign-in/code?next=%2Fja%2Finbox",
    )
    kept = wanted.headers["set-cookie"].split("; ")
    assert kept[0] == "renkei_second_step=rk1_1"
    assert kept[1:] == ["HttpOnly", "Max-Age=300", "Path=/", "SameSite=lax"]
    again = anyone.post(
        "/sign-in/code",
        data={"code": "1", "next": "/ja/inbox"},
        headers={**BROWSER, "accept-language": "ja"},
    )
    assert again.headers["location"] == (
        "/ja/sign-in/code?refused=NOT_SIGNED_IN&next=%2Fja%2Finbox"
    )
    done = anyone.post("/sign-in/code", data={"code": CODE, "next": "/ja/inbox"}, headers=BROWSER)
    assert (done.status_code, done.headers["location"]) == (303, "/ja/inbox")
    assert "renkei_second_step" not in anyone.cookies
    assert me(anyone) == 200


def test_who_is_signed_in_proves_it_again_and_keeps_the_session(
    toy: Toy, anyone: httpx.Client
) -> None:
    nobody = anyone.post("/sign-in/again", data={"proof": PASSWORD})
    assert (nobody.status_code, code(nobody)) == (401, "NOT_SIGNED_IN")
    anyone.post("/sign-in", data=FORM)
    secret = anyone.cookies["renkei_session"]
    wrong = anyone.post("/sign-in/again", data={"proof": "x"}, headers={**BROWSER})
    assert wrong.headers["location"] == "/ja/sign-in/again?refused=NOT_SIGNED_IN"
    assert anyone.post("/sign-in/again", data={"proof": PASSWORD}).status_code == 204
    assert toy.app.sign_ins.proved == [secret]
    assert anyone.cookies["renkei_session"] == secret


def test_a_way_to_a_new_password_is_asked_for_without_learning_anything(
    toy: Toy, anyone: httpx.Client
) -> None:
    answers = [anyone.post("/recover", data={"email": one}) for one in (EMAIL, "none@example.jp")]
    assert [(one.status_code, one.content) for one in answers] == [(204, b""), (204, b"")]
    assert toy.app.sign_ins.written == [EMAIL, "none@example.jp"]
    shown = anyone.post("/recover", data={"email": EMAIL}, headers=BROWSER)
    assert (shown.status_code, shown.headers["location"]) == (303, "/ja/recover?sent=yes")


def test_a_new_password_is_set_by_the_mails_secret(anyone: httpx.Client) -> None:
    good, long = {"secret": "rk1_good"}, {"password": "正しい馬の電池とホチキス"}
    assert anyone.post("/recover/set", data={**good, **long}).status_code == 204
    lost = anyone.post("/recover/set", data={"secret": "rk1_bad", **long})
    assert (lost.status_code, code(lost)) == (404, "BAD_REQUEST")
    short = anyone.post("/recover/set", data={**good, "password": "x"})
    assert (short.status_code, code(short)) == (400, "BAD_REQUEST")
    where = [
        anyone.post("/recover/set", data=data, headers=BROWSER).headers["location"]
        for data in ({**good, **long}, {"secret": "rk1_bad", **long}, {**good, "password": "x"})
    ]
    assert where == [
        "/ja/sign-in?done=recovered",
        "/ja/recover?refused=NOT_FOUND",
        "/ja/recover/set?secret=rk1_good&refused=TOO_SHORT",
    ]
