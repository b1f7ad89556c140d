from django.urls import include, path, re_path

from backoffice.api.views import unknown_address

handler403 = "backoffice.common.views.errors.forbidden"
handler404 = "backoffice.common.views.errors.not_found"
handler500 = "backoffice.common.views.errors.server_error"

urlpatterns = [
    path("", include("backoffice.common.urls")),
    path("settings/", include("orders.rules.urls")),
    path("settings/gifts/", include("orders.fulfilment.gift_urls")),
    path("settings/", include("orders.fulfilment.contacting_urls")),
    path("settings/platform/", include("orders.platforms.urls")),
    path("settings/", include("aftersales.reviews.settings_urls")),
    path("settings/", include("aftersales.topics.settings_urls")),
    path("aftersales/topics/", include("aftersales.topics.urls")),
    path("aftersales/reviews/", include("aftersales.reviews.urls")),
    path("settings/", include("aftersales.refunds.settings_urls")),
    path("aftersales/", include("aftersales.refunds.register_urls")),
    path("settings/", include("aftersales.refunds.return_settings_urls")),
    path("aftersales/returns/", include("aftersales.refunds.return_urls")),
    path("aftersales/refunds/", include("aftersales.refunds.urls")),
    path("orders/imports/", include("orders.intake.urls")),
    path("orders/notes/", include("orders.notes.urls")),
    path("orders/", include("orders.fulfilment.urls")),
    path("orders/", include("orders.desk.urls")),
    path("analytics/", include("analytics.urls")),
    path("api/v1/", include("backoffice.api.urls")),
    re_path(r"^api\b", unknown_address, name="api-unknown"),
]
