"""The pretend office for farm inputs."""

import pytest

VOUCHER, END = "MAIZ1234", "4321"


def redeem(client, key="thabo-1", voucher=VOUCHER, **changes):
    told = {"id_end": END, "agent": "014", "point": "001", "reference": "7K4M2PXQ9", **changes}
    return client.post(f"/farm-inputs/vouchers/{voucher}/redemptions", json=told, headers={"Idempotency-Key": key})


def code_of(answer):
    assert answer.status_code == 422
    return answer.json()["code"]


def test_a_voucher_is_redeemed_by_the_end_of_its_farmers_id_number(client):
    answer = redeem(client)
    assert (answer.status_code, answer.json()) == (201, {"items": "50 kg fertiliser 2:3:2", "phone": "+26650101234"})
    (row,) = client.get("/farm-inputs/redemptions").json()
    assert (row["voucher"], row["agent"], row["point"], row["reference"]) == (VOUCHER, "014", "001", "7K4M2PXQ9")


def test_the_same_key_again_gets_the_same_bytes_and_redeems_nothing(client):
    first, again = redeem(client), redeem(client)
    assert (again.status_code, again.content) == (200, first.content)
    assert len(client.get("/farm-inputs/redemptions").json()) == 1


def test_a_key_with_another_body_is_refused(client):
    redeem(client)
    refused = redeem(client, point="002")
    assert (refused.status_code, refused.json()["code"]) == (409, "key_reused")


def test_a_voucher_is_redeemed_once_whoever_asks(client):
    redeem(client)
    assert code_of(redeem(client, key="palesa-1", agent="015")) == "voucher_redeemed"


@pytest.mark.parametrize(
    ("voucher", "code"),
    [
        ("00AB1234", "voucher_unknown"),
        ("ABCDEFGH", "voucher_unknown"),
        ("EXAB1234", "voucher_expired"),
        ("USAB1234", "voucher_redeemed"),
    ],
)
def test_what_cannot_be_redeemed_is_told_apart(client, voucher, code):
    assert code_of(redeem(client, voucher=voucher)) == code


def test_after_five_wrong_ends_not_even_the_right_one_is_good(client):
    for key in range(5):
        assert code_of(redeem(client, key=f"guess-{key}", id_end=f"{key:04}")) == "id_wrong"
    assert code_of(redeem(client, key="right")) == "voucher_blocked"
    assert client.get("/farm-inputs/redemptions").json() == []


def test_what_was_redeemed_is_found_by_its_key(client):
    found = client.get("/farm-inputs/redemptions/thabo-1")
    assert (found.status_code, found.json()) == (404, {"code": "unknown"})
    redeemed = redeem(client)
    assert client.get("/farm-inputs/redemptions/thabo-1").json() == redeemed.json()


@pytest.mark.parametrize("wrong", [{"id_end": "12"}, {"id_end": "12a4"}, {"agent": ""}, {"extra": "x"}])
def test_a_wrong_field_is_named(client, wrong):
    refused = redeem(client, **wrong)
    assert refused.status_code == 422 and refused.json()["fields"] == list(wrong)
