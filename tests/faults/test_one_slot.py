"""Many want one time: one gets it, and everybody else is told where else there is room."""

from concurrent.futures import ThreadPoolExecutor

from tests.faults import people
from tests.suites import Suite

CLIENTS = 64
SIGNING_IN = 8
"""At once; a password takes a tenth of a second of pure CPU, and that is not what this is about."""


def test_of_64_clients_who_ask_for_one_slot_one_gets_it(suite: Suite) -> None:
    with people.client(suite.url) as http, ThreadPoolExecutor(CLIENTS) as pool:
        practice = people.Practice(http)
        with ThreadPoolExecutor(SIGNING_IN) as few:
            patients = list(few.map(lambda _: people.signed_in(http, "patient"), range(CLIENTS)))
        slots = practice.slots(people.SOON)
        body = practice.body(slots[0])

        answers = list(pool.map(lambda patient: people.submit(http, patient, body), patients))

        assert sorted(answer.status_code for answer in answers) == [201] + [409] * (CLIENTS - 1)
        for refusal in (answer.json() for answer in answers if answer.status_code == 409):
            assert refusal["code"] == "slot_taken"
            assert [slot["starts_at"] for slot in refusal["next_free"]] == slots[1:4]


def test_one_request_sent_32_times_at_once_is_one_request(suite: Suite) -> None:
    with people.client(suite.url) as http, ThreadPoolExecutor(32) as pool:
        practice, patient = people.Practice(http), people.signed_in(http, "patient")
        body = practice.body(practice.slots(people.SOON)[0])
        key = "the same key for all of them"

        answers = list(
            pool.map(lambda _: people.submit(http, patient, body, key.replace(" ", "-")), range(32))
        )

        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.text for answer in answers}) == 1
        people.eventually(lambda: len(people.told(patient)) > 0)
        assert len(people.told(patient)) == 1
