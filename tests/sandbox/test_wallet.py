"""The pretend wallet, held against what the GSMA Mobile Money API 1.2.0 says its objects are."""

from integrations.sandbox import SandboxSettings
from tests.sandbox.wallet import (
    RequestState,
    Transaction,
    assert_refused,
    correlation,
    order,
    pay,
    state_after_approval,
)


def test_the_wallet_says_that_it_is_available(client):
    assert client.get("/wallet/heartbeat").json() == {"serviceStatus": "available"}


def test_a_payment_is_accepted_and_to_be_polled(client):
    asked = pay(client)
    state = RequestState.model_validate(asked.json())
    assert (asked.status_code, state.status, state.notificationMethod) == (202, "pending", "polling")
    assert asked.headers["X-Date"] == "2026-11-23T09:30:00.000Z"


def test_a_payment_is_pending_until_the_payer_has_approved(client, clock):
    asked = pay(client)
    clock.pass_seconds(0.999)
    state = client.get(f"/wallet/requeststates/{asked.json()['serverCorrelationId']}").json()
    assert state["status"] == "pending"


def test_a_second_later_it_is_completed_with_a_reference(client, clock):
    state = state_after_approval(client, clock, pay(client))
    assert (state.status, state.error) == ("completed", None)
    found = Transaction.model_validate(client.get(f"/wallet/transactions/{state.objectReference}").json())
    assert (found.transactionStatus, found.amount, found.debitParty[0].value) == ("completed", "50", "+26650123456")


def test_the_payers_patience_is_a_setting(serve, clock):
    client = serve(SandboxSettings(wallet_approves_after_seconds=30)).client
    asked = pay(client)
    assert state_after_approval(client, clock, asked).status == "pending"
    clock.pass_seconds(29)
    assert state_after_approval(client, clock, asked).status == "completed"


def test_a_lost_answer_is_found_again_by_the_clients_own_id(client):
    asked = pay(client)
    link = client.get(f"/wallet/responses/{correlation(1)}").json()["link"]
    assert client.get(f"/wallet{link}").json() == asked.json()


def test_a_correlation_id_is_taken_once_and_the_second_time_nothing_happens(client):
    pay(client)
    assert_refused(pay(client), 400, "businessRule", "duplicateRequest")
    assert_refused(pay(client, order(amount="60.00")), 400, "businessRule", "duplicateRequest")
    assert len(client.get("/wallet/transactions").json()) == 1


def test_a_correlation_id_in_capitals_is_the_same_one(client):
    pay(client)
    again = pay(client, headers={"X-CorrelationID": correlation(1).upper()})
    assert_refused(again, 400, "businessRule", "duplicateRequest")


def test_a_correlation_id_whose_order_was_refused_may_be_used_again(client):
    pay(client, order(amount="much"))
    assert pay(client).status_code == 202


def test_a_number_ending_in_00_declines(client, clock):
    state = state_after_approval(client, clock, pay(client, order("+26658000000")))
    assert (state.status, state.error.errorCategory, state.error.errorCode) == (
        "failed",
        "authorisation",
        "requestDeclined",
    )


def test_the_last_cent_can_be_spent(client, clock):
    assert state_after_approval(client, clock, pay(client, order(amount="500.00"))).status == "completed"


def test_more_than_the_number_has_is_refused(client, clock):
    state = state_after_approval(client, clock, pay(client, order(amount="500.01")))
    assert (state.status, state.error.errorCategory, state.error.errorCode) == (
        "failed",
        "businessRule",
        "insufficientFunds",
    )


def test_money_spent_is_gone_and_money_that_failed_to_move_is_not(client, clock):
    outcomes = [
        state_after_approval(client, clock, pay(client, order(amount=amount), number)).status
        for number, amount in enumerate(["300.00", "300.00", "200.00", "0.01"])
    ]
    assert outcomes == ["completed", "failed", "completed", "failed"]


def test_two_payments_at_the_same_moment_cannot_spend_the_same_money(client, clock):
    asked = [pay(client, order(amount="300"), number) for number in (1, 2)]
    clock.pass_seconds(1)
    states = [
        client.get(f"/wallet/requeststates/{one.json()['serverCorrelationId']}").json() for one in reversed(asked)
    ]
    assert [state["status"] for state in reversed(states)] == ["completed", "failed"]


def test_each_number_has_its_own_money(client, clock):
    state_after_approval(client, clock, pay(client, order(amount="500")))
    other = state_after_approval(client, clock, pay(client, order("+26662123456", amount="500"), 2))
    assert other.status == "completed"


def test_the_list_shows_each_payment_newest_first(client, clock):
    for number, reference in enumerate(["FIRST", "SECOND"]):
        pay(client, order(requestingOrganisationTransactionReference=reference), number)
    clock.pass_seconds(1)
    listed = [Transaction.model_validate(row) for row in client.get("/wallet/transactions").json()]
    assert [row.requestingOrganisationTransactionReference for row in listed] == ["SECOND", "FIRST"]
    assert {row.transactionStatus for row in listed} == {"completed"}


def test_payments_and_what_they_left_outlive_a_restart(serve_while, clock, tmp_path):
    settings = SandboxSettings(database=tmp_path / "sandbox.sqlite3")
    with serve_while(settings) as first:
        asked = pay(first.client, order(amount="500"))
    with serve_while(settings) as second:
        assert state_after_approval(second.client, clock, asked).status == "completed"
        assert state_after_approval(second.client, clock, pay(second.client, order(amount="1"), 2)).status == "failed"
