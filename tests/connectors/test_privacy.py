"""Nothing personal lands in the clear, and the same person still matches across systems."""

import hashlib
import hmac

import pytest

from connectors.privacy import Pseudonymiser, normalise_phone
from connectors.stream import PersonalField

PEOPLE = Pseudonymiser("a key of sixteen or more")


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        "+86 138-1234-5678",
        "0086 13812345678",
        "86-13812345678",
        "１３８１２３４５６７８",
        " 138 1234 5678 ",
        "13８1234５678",
    ],
)
def test_one_number_has_one_hash_however_it_is_typed(typed: str) -> None:
    phone = PEOPLE.phone(typed)
    assert phone == PEOPLE.phone("13812345678")
    assert phone is not None
    assert (phone["valid"], phone["masked"]) == (True, "138****5678")
    assert len(str(phone["hash"])) == 64


@pytest.mark.parametrize(
    ("typed", "normal", "valid"),
    [
        ("12345678901", "12345678901", False),
        ("1381234567", "1381234567", False),
        ("010-62345678", "+861062345678", True),
        ("+1 415 555 2671", "+14155552671", True),
        ("没有", "没有", False),
        ("+86 123", "+86123", False),
    ],
)
def test_numbers_that_cannot_exist_are_flagged_not_dropped(typed: str, normal: str, *, valid: bool) -> None:
    assert normalise_phone(typed) == (normal, valid)


def test_mail_addresses_match_without_regard_to_case() -> None:
    mail = PEOPLE.email(" Zhang.San@Example.COM ")
    assert mail == PEOPLE.email("zhang.san@example.com")
    assert mail is not None
    assert mail["masked"] == "z***@example.com"
    broken = PEOPLE.email("not an address")
    assert broken is not None
    assert (broken["valid"], broken["masked"]) == (False, "***")


def test_null_and_empty_stay_null() -> None:
    assert [PEOPLE.phone(None), PEOPLE.phone(" "), PEOPLE.email(""), PEOPLE.platform_id(None)] == [None] * 4


def test_another_key_gives_other_hashes_and_a_short_key_is_refused() -> None:
    other = Pseudonymiser("another key, also long enough").phone("13812345678")
    assert other != PEOPLE.phone("13812345678")
    with pytest.raises(ValueError, match="at least 16"):
        Pseudonymiser("short")


def test_names_leave_the_record_and_dropped_fields_are_gone() -> None:
    clean = PEOPLE.compile(
        (
            PersonalField("First_Name", "name"),
            PersonalField("Last_Name", "name"),
            PersonalField("Mobile", "phone"),
            PersonalField("Owner.name", "drop"),
            PersonalField("Owner.email", "drop"),
            PersonalField("Absent.deep", "drop"),
        )
    )
    record = {
        "id": "1",
        "First_Name": None,
        "Last_Name": "张",
        "Mobile": "13812345678",
        "Owner": {"id": "9", "name": "李四", "email": "l@example.com"},
    }
    other = {"id": "2", "Owner": None}
    assert clean([record, other]) == [{"Last_Name": "张"}, {}]
    assert record == {"id": "1", "Mobile": PEOPLE.phone("13812345678"), "Owner": {"id": "9"}}
    assert other == {"id": "2", "Owner": None}


def test_null_stays_null_empty_becomes_null_and_an_absent_field_stays_absent() -> None:
    clean = PEOPLE.compile((PersonalField("phone", "phone"), PersonalField("contact.email", "email")))
    records = [{"phone": None}, {"phone": ""}, {}, {"contact": {"email": " "}}, {"contact": {}}, {"contact": "none"}]
    assert clean(records) == []
    assert records == [{"phone": None}, {"phone": None}, {}, {"contact": {"email": None}}, {"contact": {}}, records[5]]


def test_the_hash_is_the_hmac_of_kind_and_normal_form() -> None:
    key = "a key of sixteen or more"
    for made, text in (
        (PEOPLE.phone("138-1234-5678"), "phone:+8613812345678"),
        (PEOPLE.phone("13812345678"), "phone:+8613812345678"),
        (PEOPLE.email("Z@Example.com"), "email:z@example.com"),
        (PEOPLE.platform_id("wx 1"), "platform_id:wx1"),
    ):
        assert made is not None
        assert made["hash"] == hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
