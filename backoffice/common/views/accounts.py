"""Signing in and out, the second factor, and a person's own page."""

import base64
import io
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_otp import login as otp_login
from django_otp import user_has_device
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.common.access import PUBLIC, SIGNED_IN, requires
from backoffice.common.audit import write_audit
from backoffice.common.forms import ProfileForm, SecondFactorForm
from backoffice.common.middleware import LANGUAGE_KEY, client_ip
from backoffice.common.models import User
from backoffice.common.toasts import notify
from backoffice.common.web import safe_next


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": gettext_lazy(
            "The user name and password do not belong together. After six tries in a row the account waits 15 minutes."
        ),
        "inactive": gettext_lazy("This account is disabled. Ask a manager of your store."),
    }


class SignInView(LoginView):
    required_rights = frozenset({PUBLIC})
    template_name = "common/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        user = form.get_user()
        if user.language:
            self.request.session[LANGUAGE_KEY] = user.language
        write_audit(
            store=None,
            actor=user,
            action="signed_in",
            subject=user.username,
            data={"address": client_ip(self.request)},
            at=timezone.now(),
        )
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(demo=settings.APP_ENV == "demo", **kwargs)


class SignOutView(LogoutView):
    required_rights = frozenset({SIGNED_IN})


class SetPasswordView(PasswordResetConfirmView):
    """The one-time link of an invitation."""

    required_rights = frozenset({PUBLIC})
    login_required = False
    template_name = "common/set_password.html"
    success_url = reverse_lazy("common:login")

    def form_valid(self, form: Any) -> HttpResponse:
        notify(self.request, _("Your password is set. Sign in with it."))
        return super().form_valid(form)


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Answer a login that was tried too often (called by django-axes)."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render(request, "common/locked_out.html", {"minutes": minutes}, status=429)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


@requires(SIGNED_IN)
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the code; set the second factor up first for somebody who has none."""
    user = _user(request)
    device = _device(user)
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if _verify(request, device, form.cleaned_data["code"]):
            return redirect(safe_next(request))
        form.add_error("code", _("That code is wrong or was used already. Wait for the next one."))
    context = {
        "form": form,
        "device": device,
        "qr": None if device.confirmed else _qr(device),
        "next": safe_next(request),
    }
    return render(request, "common/second_factor.html", context, status=422 if form.errors else 200)


def _device(user: User) -> TOTPDevice:
    device = TOTPDevice.objects.filter(user=user).order_by("-confirmed", "pk").first()
    return device or TOTPDevice.objects.create(user=user, name="app", confirmed=False)


def _verify(request: HttpRequest, device: TOTPDevice, code: str) -> bool:
    allowed, _detail = device.verify_is_allowed()
    if not allowed or not device.verify_token(code):
        return False
    if not device.confirmed:
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        write_audit(
            store=None, actor=device.user, action="second_factor_set", subject=device.user.username, at=timezone.now()
        )
    otp_login(request, device)
    return True


def _qr(device: TOTPDevice) -> str:
    import segno  # noqa: PLC0415 -- takes 4 MB; drawn once in a person's life

    stream = io.BytesIO()
    segno.make(device.config_url).save(stream, kind="svg", scale=4, border=2)
    return "data:image/svg+xml;base64," + base64.b64encode(stream.getvalue()).decode()


@requires(SIGNED_IN)
def account(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    profile = ProfileForm(initial={"display_name": user.display_name, "has_shortcuts": user.has_shortcuts})
    password = PasswordChangeForm(user)
    password.fields["old_password"].widget.attrs.pop("autofocus")  # the page is about more than the password
    context = {"profile": profile, "password": password, "has_second_factor": user_has_device(user)}
    return render(request, "common/account.html", context)


@require_POST
@requires(SIGNED_IN)
def save_profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST)
    if form.is_valid():
        User.objects.filter(pk=_user(request).pk).update(**form.cleaned_data)
        notify(request, _("Your account was saved."))
    return redirect("common:account")


@require_POST
@requires(SIGNED_IN)
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password; every other session of the person ends with it."""
    user = _user(request)
    form = PasswordChangeForm(user, request.POST)
    if not form.is_valid():
        profile = ProfileForm(initial={"display_name": user.display_name, "has_shortcuts": user.has_shortcuts})
        context = {"profile": profile, "password": form, "has_second_factor": user_has_device(user)}
        return render(request, "common/account.html", context, status=422)
    update_session_auth_hash(request, form.save())
    write_audit(store=None, actor=user, action="password_changed", subject=user.username, at=timezone.now())
    notify(request, _("The password was changed. Other sessions of yours have ended."))
    return redirect("common:account")


@require_POST
@requires(SIGNED_IN)
def preferences(request: HttpRequest) -> HttpResponse:
    """Save the theme or the language from the person's menu."""
    theme, language = request.POST.get("theme"), request.POST.get("language")
    if theme in User.Theme.values:
        User.objects.filter(pk=_user(request).pk).update(theme=theme)
    if language in dict(settings.LANGUAGES):
        User.objects.filter(pk=_user(request).pk).update(language=language)
        request.session[LANGUAGE_KEY] = language
    if "HX-Request" in request.headers:
        return HttpResponse(status=204)
    return HttpResponseRedirect(safe_next(request))
