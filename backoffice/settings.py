"""Settings of every environment, from the environment's variables. `docs/OPERATIONS.md` lists them."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from backoffice.api.description import DESCRIPTION as API_DESCRIPTION
from backoffice.common.sealing import check_keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Environment
APP_ENV = env("APP_ENV", default="production")
if APP_ENV not in {"demo", "test", "production"}:
    raise ImproperlyConfigured(f"APP_ENV is {APP_ENV!r}; it must be demo, test or production.")
IS_PRODUCTION = APP_ENV == "production"
DATA_DIR = Path(env("DATA_DIR", default=".data")).resolve()
DEBUG = False


def needed(name: str) -> str:
    """Return what production must be told; demo and test may do without (manage.py generates theirs)."""
    value: str = env(name, default="")
    if not value and IS_PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set: production does not start without it.")
    return value


SECRET_KEY = needed("SECRET_KEY") or "only-for-commands-that-need-no-data"
PII_KEYS = needed("PII_KEYS")
if PII_KEYS:
    check_keys(PII_KEYS)

# Applications
INSTALLED_APPS = [
    "backoffice.common",
    "orders.core",
    "orders.notes",
    "orders.fulfilment",
    "orders.rules",
    "orders.intake",
    "orders.platforms",
    "orders.desk",
    "aftersales.topics",
    "aftersales.refunds",
    "aftersales.reviews",
    "analytics",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "drf_spectacular",
    "rest_framework",
    "storages",
]
ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
MIDDLEWARE = [
    "backoffice.common.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backoffice.common.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "backoffice.common.middleware.UserLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "backoffice.common.toasts.ToastMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backoffice.common.middleware.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "backoffice.common.templatetags.ui",
                "backoffice.common.templatetags.labels",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backoffice.common.context.frame",
            ],
        },
    },
]

# Database: owner role for migrations, application role for the rest
DATABASES = {"default": env.db_url_config(needed("DATABASE_URL") or "postgres://localhost/backoffice")}
APP_DATABASE_ROLE = env("DATABASE_APP_ROLE", default=DATABASES["default"].get("USER", ""))
PROCESS_KIND = env("PROCESS_KIND", default="web")  # web, worker or command: how long a statement may take
_TIMEOUTS = {"web": ("5s", "2s", "30s"), "worker": ("10min", "5s", "60s"), "command": ("0", "5s", "0")}
_statement, _lock, _idle = _TIMEOUTS[PROCESS_KIND]
_HELPERS = 2 if PROCESS_KIND == "worker" else 0  # starting them takes longer than what a page asks for
DATABASES["default"].update(
    ENGINE="django.db.backends.postgresql",
    ATOMIC_REQUESTS=False,
    CONN_MAX_AGE=600,
    CONN_HEALTH_CHECKS=True,
    OPTIONS={
        "connect_timeout": 5,
        "options": f"-c statement_timeout={_statement} -c lock_timeout={_lock}"
        f" -c idle_in_transaction_session_timeout={_idle} -c jit=off"
        f" -c max_parallel_workers_per_gather={_HELPERS}",
    },
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People
AUTH_USER_MODEL = "common.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "common:login"
LOGIN_REDIRECT_URL = "common:home"
LOGOUT_REDIRECT_URL = "common:login"
REQUIRE_MFA = env.bool("REQUIRE_MFA", default=IS_PRODUCTION)
OTP_TOTP_ISSUER = "Backoffice"
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_CLIENT_IP_CALLABLE = "backoffice.common.middleware.client_ip"
AXES_LOCKOUT_CALLABLE = "backoffice.common.views.accounts.locked_out"
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
SESSION_COOKIE_AGE = 12 * 3600

# Web security
_LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if IS_PRODUCTION else _LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000
IMPORT_MAX_BYTES = 200 * 1024 * 1024

# Languages and time
LANGUAGE_CODE = env("LANGUAGE", default="zh-hans")
LANGUAGE_CODE = LANGUAGE_CODE if LANGUAGE_CODE in {"zh-hans", "en"} else "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Files: static ones are compressed at build time; stored ones are in a folder or in shared object storage
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(DATA_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "backoffice.common.assets.AssetFinder"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGE_URL = env("STORAGE_URL", default=str(DATA_DIR / "files"))


def file_storage(url: str) -> dict[str, Any]:
    """Return Django's STORAGES entry for `s3://key:secret@host:port/bucket?region=…&ssl=0`, or for a folder."""
    if not url.startswith("s3://"):
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": url}}
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    options: dict[str, Any] = {"bucket_name": parts.path.strip("/"), "querystring_auth": True, "file_overwrite": False}
    if parts.username:
        options |= {"access_key": unquote(parts.username), "secret_key": unquote(parts.password or "")}
    if parts.hostname:
        scheme = "http" if query.get("ssl") == ["0"] else "https"
        options["endpoint_url"] = f"{scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    if "region" in query:
        options["region_name"] = query["region"][0]
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


STORAGES = {
    "default": file_storage(STORAGE_URL),
    "staticfiles": {"BACKEND": "backoffice.common.assets.ManifestStorage"},
}

# Jobs: the rows are the truth, the broker a doorbell (see backoffice.common.jobs)
REDIS_URL = (
    env("REDIS_URL", default="") if PROCESS_KIND == "command" else needed("REDIS_URL")
) or "redis://127.0.0.1:6379/0"
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SOFT_TIME_LIMIT = 3000
CELERY_TASK_TIME_LIMIT = 3060
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "visibility_timeout": 3600,
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {"tick": {"task": "common.tick", "schedule": 15.0, "options": {"expires": 14}}}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
JOB_HANDLERS = {
    "order_import": "orders.intake.tasks.run_import",
    "order_export": "orders.desk.tasks.run_export",
    "bulk_act": "orders.desk.tasks.run_bulk_act",
    "review": "orders.rules.tasks.run_review",
    "recognition": "orders.notes.tasks.run_recognition",
    "rollup": "analytics.tasks.run_rollup",
    "purge": "backoffice.common.purging.run_purge",
    "promise": "orders.core.tasks.run_promise",
    "waybills": "orders.fulfilment.waybill_tasks.run_waybill_batch",
    "print": "orders.fulfilment.papers.jobs.run_print",
    "outbox": "orders.platforms.tasks.run_outbox",
    "pull": "orders.platforms.tasks.run_pull",
    "fulfilment": "orders.fulfilment.tasks.run_fulfilment",
    "demand": "orders.fulfilment.tasks.run_demand",
    "anomalies": "orders.fulfilment.tracking_tasks.run_anomalies",
    "traces": "orders.fulfilment.tracking_tasks.run_traces",
    "trace_import": "orders.intake.traces.tasks.run_trace_import",
    "product_import": "orders.intake.products.tasks.run_product_import",
    "greetings": "orders.fulfilment.services.messages.run_greetings",
    "review_thanks": "aftersales.reviews.services.run_thanks",
    "review_import": "aftersales.reviews.tasks.run_review_import",
    "sentiment": "aftersales.reviews.sentiment_tasks.run_sentiment",
    "topics": "aftersales.topics.tasks.run_topics",
    "topics_reread": "aftersales.topics.tasks.run_reread",
    "case_clock": "aftersales.refunds.tasks.run_case_clock",
    "refund_import": "aftersales.refunds.file_tasks.run_refund_import",
    "refund_pull": "aftersales.refunds.file_tasks.run_refund_pull",
}
TICKERS: list[str] = [  # called with the time every 15 s; each creates the jobs or alerts that are due, and is quick
    "orders.core.services.appointments.release_due_appointments",
    "orders.desk.alerts.raise_due_alerts",
    "orders.fulfilment.tasks.create_due_fulfilment",
    "orders.fulfilment.tracking_tasks.create_due_anomalies",
    "orders.fulfilment.tracking_tasks.create_due_traces",
    "orders.fulfilment.tracking_tasks.recount_couriers",
    "orders.notes.tasks.create_due_recognition",
    "orders.notes.tasks.recount_topics",
    "orders.rules.tasks.create_due_reviews",
    "orders.platforms.tasks.create_due_sending",
    "orders.platforms.tasks.create_due_pulls",
    "aftersales.reviews.services.adopt_reviews",
    "aftersales.reviews.sentiment_tasks.create_due_sentiment",
    "aftersales.topics.tasks.create_due_topics",
    "aftersales.refunds.tasks.create_due_clock",
    "aftersales.refunds.alerts.raise_case_alerts",
    "aftersales.refunds.files.waiting_tasks.adopt_cases",
    "aftersales.refunds.files.waiting_tasks.read_unread",
    "aftersales.refunds.file_tasks.create_due_pulls",
    "aftersales.refunds.services.clock.restore_facts",
]
FULFILMENT_STEPS: list[str] = [  # called with each order that is due and the time, in the transaction that settles it
    "orders.fulfilment.services.leaving.follow_waybills",
    "orders.fulfilment.services.invoices.request_due_invoice",
    "orders.fulfilment.services.local_services.tag_order",
]
HISTORY_WORDS: list[str] = [  # of apps above the desk: for each value of an event its label and how it is written
    "aftersales.refunds.words.HISTORY",
    "aftersales.reviews.words.HISTORY",
]
NAV_COUNTERS: list[str] = [  # called with the store; each returns numbers of the side bar, one more than 1,000 for more
    "aftersales.refunds.queries.nav_counts",
    "aftersales.reviews.queries.nav_counts",
]
OUTBOX_DELIVERIES = {  # kinds of messages of apps above the orders: called with message, client and was_asked
    "agree": "aftersales.refunds.answers.agree",
    "back": "aftersales.refunds.answers.agree_return",
    "deny": "aftersales.refunds.answers.refuse",
}
TRACE_TAKERS: list[str] = [  # offered the traces that are recorded: parcels that are not of orders
    "aftersales.refunds.services.goods.traces.take_return_events",
]
TRACE_WATCHERS: list[str] = [  # called with a store, a key and a count: the next parcels whose traces are asked for
    "aftersales.refunds.services.goods.traces.parcels_on_their_way",
]
TOPIC_SOURCES = {  # where buyers speak of topics: modules as aftersales.topics.sources asks for
    "note": "aftersales.topics.queries.notes",
    "refund": "aftersales.refunds.queries.topics",
    "review": "aftersales.reviews.queries.topics",
}
DEMO_FURNISHERS: list[str] = [  # called when the orders of the demo shop are in: each furnishes pages of its own
    "aftersales.refunds.demo.furnish",
    "aftersales.reviews.demo.furnish",
    "aftersales.topics.demo.furnish",
]
PURGERS = [  # called with the time; each wipes what has had its time and returns counts
    "backoffice.common.purging.purge_common",
    "backoffice.common.services.attachments.purge_attachments",
    "backoffice.common.services.alerts.purge_alerts",
    "orders.core.purging.purge_recipients",
    "orders.notes.sealed.purge_notes",
    "aftersales.reviews.sealed.purge_reviews",
    "orders.intake.services.purge_imports",
    "orders.platforms.purging.purge_outbox",
    "aftersales.refunds.sealed.purge_cases",
    "aftersales.refunds.sealed_goods.purge_inspections",
    "aftersales.refunds.files.waiting_tasks.purge_waiting",
]
KEY_ROTATORS = [  # each seals its columns again
    "backoffice.common.services.attachments.rotate_attachments",
    "orders.core.rotation.rotate",
    "orders.notes.sealed.rotate",
    "aftersales.reviews.sealed.rotate",
    "orders.intake.rotation.rotate",
    "orders.platforms.rotation.rotate",
    "aftersales.refunds.sealed.rotate",
    "aftersales.refunds.sealed_goods.rotate",
    "aftersales.refunds.files.waiting_tasks.rotate",
]
JOBS_ON_SETTINGS = {"promise_hours": "promise"}  # a column of Store -> the kind of job that follows its change
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=60)
JOB_MAX_ATTEMPTS = 5

# Mail, API, logs
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["backoffice.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["backoffice.api.permissions.DeclaredRights"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["backoffice.api.parsers.SmallJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "backoffice.api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "backoffice.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Backoffice API",
    "DESCRIPTION": API_DESCRIPTION,
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [],  # choices stand in place: no names to keep apart
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "backoffice.common.logs.MaskingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {"django.request": {"level": "ERROR"}, "axes": {"level": "ERROR"}},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
