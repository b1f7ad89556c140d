from celery import Celery

from backoffice.common.startup import load_settings

load_settings()
app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
