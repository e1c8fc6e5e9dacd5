"""IN-19: the pages and interfaces of requests for data; systems and people see the same."""

from typing import Any

from django.test import Client

from collab.events.relay import work_off
from collab.organisations.context import acting_for
from collab.organisations.credentials import new_key
from collab.organisations.models import ApiClient, ApiKey, Organisation
from inventory.models import DataRequest
from tests.conftest import ClientFor
from tests.inventory.test_data_requests import DOOR, WIRE, Crisis, crisis

__all__ = ["crisis"]


def page(client: Client, owner: Organisation, path: str, status: int = 200) -> str:
    answer = client.get(f"/t/{owner.slug}/inventory/{path}")
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def text_of(answer: Any) -> str:
    parts = answer.streaming_content if answer.streaming else [answer.content]
    return b"".join(parts).decode()


def test_in_19_asked_and_answered_on_the_pages(crisis: Crisis, client_for: ClientFor) -> None:
    cast, key = crisis.cast, crisis.notice.pk
    root, maker = client_for(cast.avalon), client_for(cast.brasov)
    form = page(root, cast.avalon, f"notices/{key}/ask/")
    assert DOOR in form
    assert "Nobody was asked yet" in page(root, cast.avalon, f"notices/{key}/answers/")
    asked = {
        "suppliers": [cast.brasov.bpn], "parts": DOOR, "criticality": "high", "text": "How long?",
        **dict.fromkeys(("starts_at", "ends_at", "due_at"), "2026-01-01T00:00"),
    }  # fmt: skip
    refused = root.post(f"/t/{cast.avalon.slug}/inventory/notices/{key}/ask/", asked)
    assert refused.status_code == 422
    request = crisis.ask(criticality="high", text="How long?")
    inbox = page(maker, cast.brasov, "requests/")
    assert "R-1" in inbox
    shown = page(maker, cast.brasov, f"requests/{request.pk}/")
    assert "What leaves if you approve" in shown
    assert "BH-100" in shown
    assert "7777" not in shown.replace(",", "")  # what it keeps for a rival
    url = f"/t/{cast.brasov.slug}/inventory/requests/{request.pk}/"
    form = maker.get(f"{url}forward/").content.decode()
    assert cast.silesia.bpn in form
    assert cast.avalon.bpn not in form
    crisis.forward(request)
    assert maker.post(f"{url}approve").status_code == 302
    work_off()
    assert "No request waits for you" in page(maker, cast.brasov, "requests/")
    answer = page(root, cast.avalon, f"requests/{request.pk}/")
    assert "Answer of Brasov" in answer
    tree = page(root, cast.avalon, f"notices/{key}/answers/")
    assert "incomplete" in tree
    assert "Silesia" not in tree
    exported = root.get(f"/t/{cast.avalon.slug}/inventory/notices/{key}/answers/?export=csv")
    assert ",100,H87,10.00,-40," in text_of(exported)
    listed = page(root, cast.avalon, "requests/?view=sent&criticality=high&sort=criticality")
    assert "R-1" in listed
    assert "Ask suppliers" in page(root, cast.avalon, f"notices/{key}/")


def test_in_19_who_is_no_end_finds_no_page_and_an_ended_request_tells_nothing(
    crisis: Crisis, client_for: ClientFor
) -> None:
    cast, key = crisis.cast, crisis.notice.pk
    root, maker = client_for(cast.avalon), client_for(cast.brasov)
    request = crisis.ask()
    viewer = client_for(cast.brasov, role="viewer")
    url = f"/t/{cast.brasov.slug}/inventory/requests/{request.pk}/"
    assert viewer.post(f"{url}approve").status_code == 403
    assert maker.post(f"{url}approve").status_code == 302
    url = f"/t/{cast.avalon.slug}/inventory/requests/{request.pk}/"
    assert root.post(f"{url}withdraw").status_code == 302
    work_off()
    kept = page(maker, cast.brasov, f"requests/{request.pk}/")
    assert "This request has ended." in kept
    assert "BH-100" not in kept
    for stranger in (cast.porto, cast.silesia):
        outside = client_for(stranger)
        page(outside, stranger, f"requests/{request.pk}/", 404)
        page(outside, stranger, f"notices/{key}/answers/", 404)


def headers(owner: Organisation) -> dict[str, str]:
    made = new_key()
    with acting_for(owner):
        ApiKey.objects.create(
            client=ApiClient.objects.create(name="ERP"), prefix=made.prefix, digest=made.digest,
            scopes=["inventory:read", "inventory:write"], expires_at="2099-01-01T00:00Z",
        )  # fmt: skip
    return {"authorization": f"Bearer {made.secret}"}


def test_in_19_systems_ask_and_answer(crisis: Crisis) -> None:
    cast, client = crisis.cast, Client()
    avalon, brasov, porto = (headers(each) for each in (cast.avalon, cast.brasov, cast.porto))

    def call(who: dict[str, str], path: str, body: Any = None) -> Any:
        url = f"/api/v1/{path}"
        if body is None:
            return client.get(url, headers=who)
        return client.post(url, body, content_type="application/json", headers=who)

    told = {"notice": str(crisis.notice.pk), "suppliers": [cast.brasov.bpn], "parts": [DOOR]}
    assert call(porto, "data-requests", told).status_code == 404
    [made] = call(avalon, "data-requests", told).json()["requests"]
    assert (made["standing"], made["figures"]) == ("open", [])
    assert "chain" not in made
    work_off()
    path = f"data-requests/{made['id']}"
    seen = call(brasov, "data-requests?view=answer").json()["items"]
    assert [each["id"] for each in seen] == [made["id"]]
    leaving = call(brasov, f"{path}/answer").json()
    assert leaving["figures"][0]["on_hand"] == "100.000"
    forward = {"suppliers": [cast.silesia.bpn], "parts": [WIRE]}
    assert call(brasov, f"{path}/forward", forward).status_code == 201
    assert call(avalon, f"{path}/answer", {"decision": "approve"}).status_code == 404
    assert call(brasov, f"{path}/answer", {"decision": "approve"}).json()["standing"] == "approved"
    work_off()
    assert call(avalon, path).json()["figures"][0]["days"] == "10.00"
    tree = call(avalon, f"disruption-notices/{crisis.notice.pk}/answers").json()
    assert [(each["number"], each["parties"], each["gaps"]) for each in tree["tiers"]] == [
        (1, 1, 0),
        (2, 0, 1),
    ]
    assert call(porto, path).status_code == call(porto, f"{path}/answer").status_code == 404
    assert call(avalon, f"{path}/withdraw", {}).json()["standing"] == "ended"
    assert call(brasov, path).status_code == 404
    with acting_for(cast.brasov):
        work_off()
        assert not DataRequest.objects.exclude(owner=cast.brasov).exists()
