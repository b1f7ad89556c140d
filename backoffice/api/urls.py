from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from backoffice.api.exports import views as exports
from backoffice.api.imports import views as imports
from backoffice.api.notes import views as notes
from backoffice.api.orders import batches
from backoffice.api.orders import views as orders
from backoffice.api.sales.views import DailySalesView
from backoffice.api.views import unknown_address
from backoffice.api.work import views as work

app_name = "api"
NUMBER = r"(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})"
schema = SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[])

urlpatterns = [
    path("schema/", schema, name="schema"),
    path("orders/", orders.OrderListView.as_view(), name="order-list"),
    path("orders/claim-next/", batches.ClaimNextView.as_view(), name="claim-next"),
    path("orders/batches/", batches.BatchListView.as_view(), name="batch-list"),
    path("orders/batches/<int:pk>/", batches.BatchView.as_view(), name="batch"),
    path("orders/batches/<int:pk>/undo/", batches.BatchUndoView.as_view(), name="batch-undo"),
    path("orders/batches/<int:pk>/retry/", batches.BatchRetryView.as_view(), name="batch-retry"),
    re_path(rf"^orders/{NUMBER}/$", orders.OrderView.as_view(), name="order"),
    re_path(rf"^orders/{NUMBER}/flag/$", orders.FlagView.as_view(), name="order-flag"),
    re_path(rf"^orders/{NUMBER}/tags/$", orders.TagsView.as_view(), name="order-tags"),
    re_path(rf"^orders/{NUMBER}/appointment/$", orders.AppointmentView.as_view(), name="order-appointment"),
    re_path(rf"^orders/{NUMBER}/reveal/$", orders.RevealView.as_view(), name="order-reveal"),
    *(
        re_path(rf"^orders/{NUMBER}/{name}/$", view.as_view(), name=f"order-{name.replace('/', '-')}")
        for name, view in orders.ACT_VIEWS
    ),
    path("notes/", notes.NoteListView.as_view(), name="note-list"),
    path("notes/take-next/", notes.TakeNextView.as_view(), name="take-next-notes"),
    path("notes/topics/", notes.TopicsView.as_view(), name="note-topics"),
    path("quick-replies/", notes.ReplyListView.as_view(), name="reply-list"),
    path("imports/", imports.ImportListView.as_view(), name="import-list"),
    path("imports/<int:pk>/", imports.ImportView.as_view(), name="import"),
    path("imports/<int:pk>/start/", imports.StartView.as_view(), name="import-start"),
    path("imports/<int:pk>/discard/", imports.DiscardView.as_view(), name="import-discard"),
    path("imports/<int:pk>/retry/", imports.RetryView.as_view(), name="import-retry"),
    path("imports/<int:pk>/cancel/", imports.CancelView.as_view(), name="import-cancel"),
    path("imports/rows/<int:pk>/fix/", imports.FixRowView.as_view(), name="import-row-fix"),
    path("imports/rows/<int:pk>/drop/", imports.DropRowView.as_view(), name="import-row-drop"),
    path("exports/", exports.ExportListView.as_view(), name="export-list"),
    path("exports/<int:pk>/", exports.ExportView.as_view(), name="export"),
    path("exports/<int:pk>/file/", exports.ExportFileView.as_view(), name="export-file"),
    path("exports/<int:pk>/again/", exports.ExportAgainView.as_view(), name="export-again"),
    path("exports/<int:pk>/cancel/", exports.ExportCancelView.as_view(), name="export-cancel"),
    path("workload/", work.WorkloadView.as_view(), name="workload"),
    path("shifts/", work.ShiftView.as_view(), name="shift"),
    path("shifts/note/", work.ShiftNoteView.as_view(), name="shift-note"),
    path("analytics/daily-sales/", DailySalesView.as_view(), name="daily-sales"),
    re_path(r"", unknown_address, name="unknown"),
]
