"""What a web process holds in memory: nothing that only workers, commands or one rare page need."""

import json
import os
import subprocess
import sys

from django.conf import settings

HEAVY = (
    "reportlab", "PIL", "segno", "openpyxl", "lxml", "rjieba", "boto3", "botocore", "moto", "django.test",
    "rest_framework.test", "drf_spectacular.openapi", "drf_spectacular.plumbing", "jinja2",
)  # fmt: skip
LOAD = "import backoffice.wsgi, json, sys; print(json.dumps(sorted(sys.modules)))"


def test_web_process_does_not_load_what_pages_do_not_need():
    env = os.environ | {
        "PROCESS_KIND": "web", "DJANGO_SETTINGS_MODULE": "backoffice.settings", "REDIS_URL": "redis://127.0.0.1:1/0",
    }  # fmt: skip

    loaded = subprocess.run(
        [sys.executable, "-c", LOAD], check=False, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True
    )

    assert loaded.returncode == 0, loaded.stderr
    names = json.loads(loaded.stdout)
    assert "orders.desk.views.order_list" in names
    assert [name for name in HEAVY if name in names] == []
