import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

application = get_wsgi_application()
_ = get_resolver().reverse_dict  # imports every view now: the first request of a new process must not wait for it
