"""Addresses of reviews, below /aftersales/reviews/."""

from django.urls import path, re_path

from aftersales.reviews.views import bulk, detail, files, inbox, parts

app_name = "reviews"
_NUMBER = r"(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})/"
urlpatterns = [
    path("", inbox.review_list, name="review-list"),
    path("home/", parts.home_panel, name="home-panel"),
    re_path(rf"^order/{_NUMBER}$", parts.order_reviews, name="order-reviews"),
    path("bulk/", bulk.review_bulk, name="review-bulk"),
    path("thanks/", bulk.thanks_start, name="thanks-start"),
    path("thanks/<int:pk>/", bulk.thanks_detail, name="thanks"),
    path("import/", files.file_list, name="import-list"),
    path("import/template/", files.file_template, name="import-template"),
    path("import/<int:pk>/", files.file_detail, name="import-detail"),
    path("import/<int:pk>/start/", files.file_start, name="import-start"),
    path("<int:pk>/", detail.review_detail, name="review-detail"),
    path("<int:pk>/reply/", detail.review_reply, name="review-reply"),
    path("<int:pk>/preview/", detail.reply_preview, name="reply-preview"),
    path("<int:pk>/task/<slug:act>/", detail.review_task, name="review-task"),
]
