"""What vendors do wrong on the wire, and what the client makes of it: one retry layer, bounded, quiet on secrets."""

import gzip
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

import pytest
from fake_server import Answer, FakeVendor, Script, in_turn, self_signed

from connectors.auth import Auth
from connectors.classify import ErrorTable, Fault
from connectors.errors import ConfigError, ErrorClass, SourceError
from connectors.http import HttpClient, Patience, Reply, inspect_status
from connectors.redact import Redactor

RULES = """\
rules:
  - {code: ["40100"], class: rate_second}
  - {code: ["40102"], class: token_expired}
  - {code: ["40103"], class: auth_fatal}
  - {code: ["41000"], class: quota_day}
  - {min_code: 50000, class: retry}
  - {status: [429], class: rate_minute}
"""


def _inspect(reply: Reply) -> Fault | None:
    if isinstance(reply.body, dict) and reply.body.get("code", 0) != 0:
        return Fault(reply.status, str(reply.body["code"]), str(reply.body.get("message", "")))
    return inspect_status(reply)


class Kit:
    """Clients against scripted vendors; waits are noted instead of slept."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        (folder / "errors.yaml").write_text(RULES)
        self.table = ErrorTable(folder / "errors.yaml")
        self.waits: list[float] = []
        self._stack = stack

    def vendor(self, script: Script) -> FakeVendor:
        return self._stack.enter_context(FakeVendor(script).running())

    def client(self, url: str, *, auth: Auth | None = None, exact: bool = False, **patience: float) -> HttpClient:
        patient = Patience(sleep=self.waits.append, jitter=lambda _: 0.0, **patience)  # type: ignore[arg-type]
        client = HttpClient(
            "vendor",
            url,
            self.table,
            inspect=_inspect,
            auth=auth,
            patience=patient,
            redact=Redactor(["hush-secret"]),
            exact_numbers=exact,
        )
        return self._stack.enter_context(client)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    with ExitStack() as stack:
        yield Kit(tmp_path, stack)


OK = Answer({"code": 0, "data": [1]})


def test_three_429_are_waited_out_as_the_vendor_asks(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(*[Answer(status=429, headers={"Retry-After": "7"})] * 3, OK))
    assert kit.client(vendor.url).get("/x").body == {"code": 0, "data": [1]}
    assert kit.waits == [7.0, 7.0, 7.0]


def test_retry_after_may_be_a_date_by_the_vendors_clock(kit: Kit) -> None:
    def script(_: object, count: list[int] = [0]) -> Answer:  # noqa: B006
        count[0] += 1
        later = format_datetime(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=90), usegmt=True)
        return Answer(status=429, headers={"Retry-After": later}) if count[0] == 1 else OK

    kit.client(kit.vendor(script).url).get("/x")
    assert 85 <= kit.waits[0] <= 95


def test_a_vendor_cannot_make_a_night_wait_for_ever(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(Answer(status=429, headers={"Retry-After": "86400"})))
    with pytest.raises(SourceError, match="no longer") as caught:
        kit.client(vendor.url, budget=700.0, longest_wait=300.0).get("/x")
    assert kit.waits == [300.0, 300.0]
    assert caught.value.error_class is ErrorClass.RATE_MINUTE


def test_server_errors_back_off_and_then_give_up(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(Answer(status=503)))
    with pytest.raises(SourceError, match="answered 503; gave up after 6 tries") as caught:
        kit.client(vendor.url).get("/x")
    assert caught.value.error_class is ErrorClass.RETRY
    assert kit.waits == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert len(vendor.asked) == 6


def test_a_short_body_is_never_taken_for_a_whole_one(kit: Kit) -> None:
    whole = Answer({"code": 0, "data": list(range(500))})
    cut = Answer({"code": 0, "data": list(range(500))}, cut=100)
    vendor = kit.vendor(in_turn(cut, whole))
    assert len(kit.client(vendor.url).get("/x").body["data"]) == 500
    assert len(vendor.asked) == 2


def test_pages_travel_over_one_connection_and_may_be_compressed(kit: Kit) -> None:
    packed = Answer(gzip.compress(b'{"code": 0, "data": [2]}'), headers={"Content-Encoding": "gzip"})
    vendor = kit.vendor(in_turn(OK, packed, Answer(status=204), OK))
    client = kit.client(vendor.url + "/api/")
    assert [client.get(f"/{n}").body for n in range(4)] == [OK.body, {"code": 0, "data": [2]}, None, OK.body]
    assert [asked.path for asked in vendor.asked] == [f"/api/{n}" for n in range(4)]
    assert vendor.asked[0].headers["accept-encoding"] == "gzip, deflate"
    assert vendor.connections == 1


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make a certificate with")
def test_only_a_host_whose_certificate_is_trusted_is_asked(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = self_signed(tmp_path, "IP:127.0.0.1")
    vendor = kit.vendor(in_turn(OK))
    url = vendor.behind_tls(certificate, key)
    with pytest.raises(SourceError, match=r"no answer \(SSLError\)"):
        kit.client(url, tries=1).get("/x")
    assert vendor.asked == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert kit.client(url).get("/x").body == OK.body
    with pytest.raises(SourceError, match=r"no answer \(SSLError\)"):
        kit.client(url.replace("127.0.0.1", "localhost"), tries=1).get("/x")


def test_what_is_asked_is_encoded_and_what_is_none_is_left_out(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(OK))
    client = kit.client(vendor.url)
    client.get("/x", {"fields": "a,b", "since": "2026-11-02T10:00:00+08:00", "name": "张 三&", "page": 2, "no": None})
    client.post("/y", form={"grant": "a b", "secret": "+/="})
    client.post("/z", {"sql": "张"})
    asked, form, body = vendor.asked
    expected = {"fields": "a,b", "since": "2026-11-02T10:00:00+08:00", "name": "张 三&", "page": "2"}
    assert (asked.query, form.form, body.json) == (expected, {"grant": "a b", "secret": "+/="}, {"sql": "张"})
    assert form.headers["content-type"] == "application/x-www-form-urlencoded"


def test_json_that_ends_early_is_asked_for_again(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(Answer(b'{"code": 0, "data": [1, 2'), OK))
    assert kit.client(vendor.url).get("/x").body["data"] == [1]


def test_a_log_in_page_with_status_200_is_a_matter_of_credentials(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(Answer(b"<html>please log in</html>", content_type="text/html")))
    with pytest.raises(SourceError, match="web page") as caught:
        kit.client(vendor.url).get("/x")
    assert caught.value.error_class is ErrorClass.AUTH_FATAL
    assert len(vendor.asked) == 1


def test_a_redirect_is_not_followed_with_our_token(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(Answer(b"moved", status=302, headers={"Location": "http://127.0.0.1:1/login"})))
    with pytest.raises(SourceError, match="redirected") as caught:
        kit.client(vendor.url).get("/x")
    assert caught.value.error_class is ErrorClass.AUTH_FATAL


def test_a_slow_drip_is_cut_off_by_the_deadline(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(Answer(b'{"code": 0}' + b" " * 1000, drip=0.02), OK))
    started = datetime.now(UTC)
    assert kit.client(vendor.url, deadline=0.3).get("/x").body["data"] == [1]
    assert (datetime.now(UTC) - started).total_seconds() < 5


def test_a_server_that_says_nothing_runs_into_the_read_timeout(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(Answer({"code": 0}, hang=1.5), OK))
    assert kit.client(vendor.url, deadline=0.3).get("/x").body["data"] == [1]


def test_an_error_inside_200_is_classified_by_the_vendors_code(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(Answer({"code": 40100}), Answer({"code": 50001}), OK))
    kit.client(vendor.url).get("/x")
    assert kit.waits == [1.0, 1.0]
    quota = kit.vendor(in_turn(Answer({"code": 41000, "message": "day's quota used"})))
    with pytest.raises(SourceError, match="41000 day's quota used") as caught:
        kit.client(quota.url).get("/x")
    assert caught.value.stops_source
    assert len(quota.asked) == 1


def test_an_expired_token_is_renewed_once_and_the_page_replayed(kit: Kit) -> None:
    class Renewing:
        token = "old"

        def headers(self, method: str, url: str) -> dict[str, str]:
            return {"Authorization": self.token}

        def renew(self) -> None:
            self.token = "new"

    vendor = kit.vendor(lambda asked: OK if asked.headers["authorization"] == "new" else Answer({"code": 40102}))
    assert kit.client(vendor.url, auth=Renewing()).get("/x", {"page": "5"}).body == OK.body
    assert [asked.query for asked in vendor.asked] == [{"page": "5"}, {"page": "5"}]


def test_a_token_refused_twice_ends_in_an_alarm_not_in_a_storm(kit: Kit) -> None:
    class Useless:
        renewals = 0

        def headers(self, method: str, url: str) -> dict[str, str]:
            return {}

        def renew(self) -> None:
            self.renewals += 1

    auth = Useless()
    vendor = kit.vendor(in_turn(Answer({"code": 40102})))
    with pytest.raises(SourceError) as caught:
        kit.client(vendor.url, auth=auth).get("/x")
    assert caught.value.error_class is ErrorClass.AUTH_FATAL
    assert (auth.renewals, len(vendor.asked)) == (1, 2)


def test_messages_hold_no_secret_no_query_and_nothing_personal(kit: Kit) -> None:
    said = "bad token hush-secret for zhang@example.com 13812345678 at https://api.example.com/v?access_token=abc"
    vendor = kit.vendor(in_turn(Answer({"code": 1, "message": said})))
    with pytest.raises(SourceError) as caught:
        kit.client(vendor.url).get("/x", {"access_token": "abc", "page": "1"})
    text = caught.value.message
    for hidden in ("hush-secret", "zhang@", "13812345678", "abc", "access_token="):
        assert hidden not in text
    assert "/x" in text


def test_no_connection_names_neither_host_nor_query(kit: Kit) -> None:
    with pytest.raises(SourceError, match="no answer") as caught:
        kit.client("http://127.0.0.1:9").get("/x", {"access_token": "abc"})
    assert "abc" not in caught.value.message
    assert caught.value.__cause__ is None


def test_numbers_of_more_than_15_digits_stay_exact_where_asked(kit: Kit) -> None:
    vendor = kit.vendor(in_turn(Answer(b"[12345678901234567.89, 1.10]")))
    assert kit.client(vendor.url, exact=True).get("/x").body == [Decimal("12345678901234567.89"), Decimal("1.10")]


def test_a_faulty_error_table_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "errors.yaml"
    path.write_text("rules:\n  - {code: ['1'], class: retry}\n  - {code: ['2'], class: panic}\n")
    with pytest.raises(ConfigError, match=r"errors\.yaml:3"):
        ErrorTable(path)
    path.write_text("rules: []\n")
    assert ErrorTable(path, {"40100": ErrorClass.AUTH_FATAL}).classify(Fault(200, "40100")) is ErrorClass.AUTH_FATAL
