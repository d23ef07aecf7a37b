"""Everything that differs between a laptop and a cluster is an environment variable; see docs/operating.md."""

import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- where we are ----------------------------------------------------------------------------
TESTING = "pytest" in sys.modules
DEBUG = env.bool("DEBUG", default=False)
DEMONSTRATION = env.bool("DEMONSTRATION", default=False)  # eight one-click people; never with real ones
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")  # printed into QR codes
GROUP_NAME = env.str("GROUP_NAME", default="星桥数码")

# Good for tests and one-off commands; `check --deploy` refuses whatever begins like this.
_EMBEDDED_KEY = "django-insecure-" + "embedded-only-" * 4
SECRET_KEY = env.str("SECRET_KEY", default=_EMBEDDED_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # former ones, that read what they have sealed
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- the house: from the ground up, the order of the import contract --------------------------
INSTALLED_APPS = [
    "workflows.organisation",
    "workflows.policies",
    "workflows.trail",
    "workflows.matters",
    "workflows.campaigns",
    "workflows.leases",
    "workflows.joint",
    "workflows.plans",
    "documents",
    "workflows.steps",
    "workflows.desk",
    "workflows.door",
    "workflows.outside",
    "workflows.records",
    "workflows.registry",
    "workflows.demonstration",
    "tree_queries",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",  # which the next one stands on; no address of either is routed
    "allauth.mfa",
    "django.contrib.admin",
    "viewflow",  # behind the administration, whose pages its own would stand before
    "viewflow.workflow",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "project.apps.OurStaticFiles",
]
if TESTING:
    INSTALLED_APPS.append(
        "tests.toy"
    )  # the table of a small workflow that keeps the engine from being one for campaigns

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "workflows.door.uploads.UploadMiddleware",  # before the first that reads a body
    "django.middleware.csrf.CsrfViewMiddleware",
    "workflows.door.stops.StopsMiddleware",  # what no page can read, and what is too long to be read
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "workflows.door.watch.WatchMiddleware",  # before the next, which sends to the door whoever was away too long
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "workflows.desk.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "workflows.desk.middleware.RefusalMiddleware",
    "workflows.door.second.AskAnewMiddleware",
    "workflows.door.sent.SentAgainMiddleware",  # the innermost: a form and its answer are one transaction
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
ASGI_APPLICATION = "project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "project" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "workflows.desk.context.desk",
                "workflows.registry.context.registry",
            ],
        },
    },
]

# --- data ----------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'office.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that will write takes the write lock at its start, so nobody meets
    # "database is locked" in the middle. FULL: a number once printed must survive a power cut.
    # recursive_triggers: without it INSERT OR REPLACE walks past the trigger that forbids DELETE.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA recursive_triggers=ON; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000"
        ),
    }
    if TESTING:  # threads of one test must meet in one file, as threads of one server do
        DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG or TESTING
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
FONTS_ROOT = Path(env.str("FONTS_ROOT", default=str(VAR_DIR / "fonts")))  # the faces the set-up made
DOCUMENTS_ROOT = VAR_DIR / "documents"  # PDF files, named by the hash of their content
MEDIA_ROOT = VAR_DIR / "attachments"  # never served by path: every download asks who is asking

# The organisation's signature: a key in a file, or in a token; without either, one is made in SIGNING_ROOT.
SIGNING_KEY = env.str("SIGNING_KEY", default="")
SIGNING_PASSPHRASE = env.str("SIGNING_PASSPHRASE", default="")
SIGNING_PKCS11_MODULE = env.str("SIGNING_PKCS11_MODULE", default="")
SIGNING_PKCS11_TOKEN = env.str("SIGNING_PKCS11_TOKEN", default="")
SIGNING_PKCS11_PIN = env.str("SIGNING_PKCS11_PIN", default="")
SIGNING_PKCS11_KEY = env.str("SIGNING_PKCS11_KEY", default="")
SIGNING_CERTIFICATE = env.str("SIGNING_CERTIFICATE", default="")
SIGNING_ROOT = VAR_DIR / "signing"

BROKER_URL = env.str("BROKER_URL", default="")  # empty: `manage.py work` sweeps every second

# --- people --------------------------------------------------------------------------------
AUTH_USER_MODEL = "organisation.Person"
LOGIN_URL = "door:enter"
LOGIN_REDIRECT_URL = "desk:inbox"
PASSWORD_HASHERS = ["workflows.organisation.passwords.OfficeArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "name_en", "email")},
    },
    {"NAME": "workflows.organisation.passwords.MadeOfKnownWords"},
    {"NAME": "workflows.organisation.passwords.NotInABreach"},
]
PASSWORD_BREACH_FILE = env.str("PASSWORD_BREACH_FILE", default="")  # SHA-1 in hexadecimal, a line each, in order
# Wrong passwords from one address in a quarter of an hour, for whatever names: a whole office may sit behind one.
TRIES_OF_AN_ADDRESS = env.int("TRIES_OF_AN_ADDRESS", default=50)

# The second factor: whoever signs or administers cannot do without one, except where people enter with one click.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=not (DEMONSTRATION or TESTING))
SIGN_ANEW_AFTER = env.int("SIGN_ANEW_AFTER_MINUTES", default=15) * 60  # seconds since the second factor was given
MFA_ADAPTER = "workflows.door.factors.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = GROUP_NAME
MFA_TOTP_TOLERANCE = 1  # a code of the half minute before or after: phones' clocks differ
ACCOUNT_RATE_LIMITS = False  # the door counts, where every process sees it
MFA_ALLOW_UNVERIFIED_EMAIL = True  # there are no addresses to verify: nobody signs up here

SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 60 * 60  # since entering, whatever one does
SESSION_IDLE = env.int("SESSION_IDLE_MINUTES", default=60) * 60  # seconds without a request
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- languages and time -----------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "project" / "locale"]
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Shanghai")

# --- files the browser fetches ----------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "project" / "static"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or TESTING  # from where they are, not from STATIC_ROOT

# --- files people send ---------------------------------------------------------------------------
SCANNER = env.str("SCANNER", default="")  # tcp://host:3310 or unix:///run/clamav/clamd.ctl; empty: nobody scans

# --- letters to people outside ---------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="")  # smtp+tls://user:password@host:587; empty: no letters go out
MAILS = bool(EMAIL_URL) or DEMONSTRATION or TESTING
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
elif DEMONSTRATION:  # invented people get no letters: they lie here to be read
    EMAIL_BACKEND, EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", VAR_DIR / "mail"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="office@localhost")

# --- what a browser may do with our pages ------------------------------------------------------
SECURE = env.bool("HTTPS", default=False)  # behind TLS: cookies and redirects insist on it
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("TRUST_PROXY", default=False) else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
# With this beginning a browser takes a cookie from this very host over TLS alone, and gives it to no other.
COOKIE_PREFIX = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
MESSAGE_STORAGE = "workflows.door.cookies.Messages"
CSRF_FAILURE_VIEW = "workflows.door.still.stale"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000  # a declaration with many lines is one form

# --- what the machine says about itself ---------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "project.lines.OneLine",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"door": {"level": "INFO"}},  # who entered is said however little else is
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"] if not SECURE else []
