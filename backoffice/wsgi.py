from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from backoffice.common.startup import load_settings

load_settings()
application = get_wsgi_application()
_ = get_resolver().reverse_dict  # imports every view now: the first request of a new process must not wait for it
