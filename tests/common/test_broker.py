import socket
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings

from backoffice.common.broker import answers


def test_answers_is_true_for_the_running_broker():
    assert answers(settings.REDIS_URL, seconds=2)


@pytest.mark.parametrize("user", ["", "nobody"])
def test_answers_is_false_for_a_wrong_password(user):
    parts = urlsplit(settings.REDIS_URL)
    wrong = parts._replace(netloc=f"{user}:wrong@{parts.hostname}:{parts.port}")

    assert not answers(urlunsplit(wrong), seconds=2)


def test_answers_is_false_where_nobody_listens():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))

        assert not answers(f"redis://127.0.0.1:{unused.getsockname()[1]}/0", seconds=1)


def test_answers_is_false_for_a_hung_broker():
    with socket.socket() as hung:
        hung.bind(("127.0.0.1", 0))
        hung.listen()

        assert not answers(f"redis://127.0.0.1:{hung.getsockname()[1]}/0", seconds=0.2)


def test_answers_is_false_for_a_plain_broker_asked_in_tls():
    assert not answers(settings.REDIS_URL.replace("redis://", "rediss://"), seconds=2)
