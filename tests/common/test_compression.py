import gzip

import brotli
import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from backoffice.common.compression import CompressionMiddleware

PAGE = "<p>待发货</p>" * 100


def answer(response, accept=""):
    request = RequestFactory().get("/", headers={"Accept-Encoding": accept})
    return CompressionMiddleware(lambda _: response)(request)


def test_page_goes_as_brotli_where_it_is_understood():
    response = answer(HttpResponse(PAGE), "gzip, deflate, br;q=1.0")

    assert brotli.decompress(response.content).decode() == PAGE
    assert response["Content-Encoding"] == "br"
    assert response["Content-Length"] == str(len(response.content))
    assert response["Vary"] == "Accept-Encoding"


def test_page_goes_as_gzip_to_others():
    response = answer(HttpResponse(PAGE), "gzip")

    assert gzip.decompress(response.content).decode() == PAGE
    assert response["Content-Encoding"] == "gzip"


def test_page_stays_plain_for_who_asks_for_nothing():
    response = answer(HttpResponse(PAGE))

    assert response.content.decode() == PAGE
    assert response["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("short"),
        HttpResponse(PAGE, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        HttpResponse(PAGE, headers={"Content-Encoding": "identity"}),
        StreamingHttpResponse([PAGE]),
    ],
)
def test_files_streams_and_small_answers_go_as_they_are(response):
    before = response.get("Content-Encoding")

    assert answer(response, "br").get("Content-Encoding") == before
