"""Messages that show as toasts, on a page or beside an htmx answer."""

import pytest
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse
from django.test import RequestFactory

from backoffice.common import toasts


def request_with_messages(**headers):
    request = RequestFactory().get("/", headers=headers)
    request.session = {}
    request._messages = FallbackStorage(request)
    return request


def test_notify_keeps_text_level_and_undo():
    request = request_with_messages()

    toasts.notify(request, "3 orders accepted.", undo_url="/undo/1/")

    [message] = messages.get_messages(request)
    assert toasts.toast_of(message) == {"text": "3 orders accepted.", "level": "success", "undo": "/undo/1/"}


def test_toast_of_a_plain_message_has_its_level():
    request = request_with_messages()
    messages.warning(request, "Careful.", extra_tags="sticky")

    [message] = messages.get_messages(request)

    assert toasts.toast_of(message) == {"text": "Careful.", "level": "warning"}


@pytest.mark.parametrize(
    ("header", "before"),
    [("", ""), ("list-changed", '"list-changed": true, '), ('{"jobs-changed": 1}', '"jobs-changed": 1, ')],
)
def test_toasts_go_with_the_htmx_answer(header, before):
    request = request_with_messages(HX_Request="true")
    messages.info(request, "好")

    response = toasts.ToastMiddleware(lambda _: HttpResponse(headers={"HX-Trigger": header} if header else {}))(request)

    assert response["HX-Trigger"] == f'{{{before}"toast": {{"toasts": [{{"text": "\\u597d", "level": "info"}}]}}}}'


@pytest.mark.parametrize("response", [HttpResponse(status=302), HttpResponse(headers={"HX-Redirect": "/"})])
def test_toasts_wait_for_the_page_that_comes_next(response):
    request = request_with_messages(HX_Request="true")
    messages.info(request, "Saved.")

    toasts.ToastMiddleware(lambda _: response)(request)

    assert "HX-Trigger" not in response
    assert len(messages.get_messages(request)) == 1


def test_toasts_stay_on_a_whole_page():
    request = request_with_messages()
    messages.info(request, "Saved.")

    response = toasts.ToastMiddleware(lambda _: HttpResponse())(request)

    assert "HX-Trigger" not in response
