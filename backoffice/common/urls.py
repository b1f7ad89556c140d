from django.urls import path

from backoffice.common.views import accounts, alerts, attachments, health, home, jobs, staff, stores

app_name = "common"
urlpatterns = [
    path("", home.home, name="home"),
    path("home/jobs/", home.home_jobs, name="home-jobs"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("login/", accounts.SignInView.as_view(), name="login"),
    path("login/second-factor/", accounts.second_factor, name="second-factor"),
    path("login/password/<uidb64>/<token>/", accounts.SetPasswordView.as_view(), name="set-password"),
    path("logout/", accounts.SignOutView.as_view(), name="logout"),
    path("account/", accounts.account, name="account"),
    path("account/profile/", accounts.save_profile, name="profile"),
    path("account/password/", accounts.change_password, name="password"),
    path("account/preferences/", accounts.preferences, name="preferences"),
    path("settings/", stores.store_settings, name="settings"),
    path("settings/staff/", staff.staff_list, name="staff-list"),
    path("settings/staff/invite/", staff.staff_invite, name="staff-invite"),
    path("settings/staff/<int:pk>/", staff.staff_edit, name="staff-edit"),
    path("settings/staff/<int:pk>/access/", staff.staff_access, name="staff-access"),
    path("settings/staff/<int:pk>/link/", staff.staff_link, name="staff-link"),
    path("settings/tokens/", stores.token_list, name="token-list"),
    path("settings/tokens/<int:pk>/revoke/", stores.token_revoke, name="token-revoke"),
    path("settings/audit/", stores.audit_list, name="audit-list"),
    path("jobs/drawer/", jobs.job_drawer, name="job-drawer"),
    path("jobs/<int:pk>/cancel/", jobs.job_cancel, name="job-cancel"),
    path("jobs/<int:pk>/retry/", jobs.job_retry, name="job-retry"),
    path("alerts/", alerts.alert_list, name="alert-list"),
    path("alerts/new/", alerts.alerts, name="alerts"),
    path("alerts/settings/", alerts.alert_settings, name="alert-settings"),
    path("attachments/<int:pk>/", attachments.attachment, name="attachment"),
    path("ops/jobs/", jobs.job_list, name="job-list"),
    path("ops/jobs/backfill/", jobs.backfill, name="backfill"),
    path("ops/schedules/<int:pk>/run/", jobs.schedule_run, name="schedule-run"),
    path("ops/schedules/<int:pk>/switch/", jobs.schedule_switch, name="schedule-switch"),
]
