from django.urls import path, re_path

from backoffice.api.alerts import views as alerts
from backoffice.api.couriers import views as couriers
from backoffice.api.evidence import views as evidence
from backoffice.api.exports import templates as export_templates
from backoffice.api.exports import views as exports
from backoffice.api.faq import views as faq
from backoffice.api.imports import views as imports
from backoffice.api.invoices import views as invoices
from backoffice.api.jobs import views as jobs
from backoffice.api.messages import settings as message_settings
from backoffice.api.messages import views as messages
from backoffice.api.notes import views as notes
from backoffice.api.orders import batches, recent
from backoffice.api.orders import views as orders
from backoffice.api.orders.exceptions import ExceptionListView
from backoffice.api.outbox import views as outbox
from backoffice.api.parcels import views as parcels
from backoffice.api.platform import views as platform
from backoffice.api.refunds import files as sheets
from backoffice.api.refunds import shop as aftersales
from backoffice.api.refunds import views as refunds
from backoffice.api.registers import views as registers
from backoffice.api.reviews import shop as review_shop
from backoffice.api.reviews import views as reviews
from backoffice.api.rules import automations
from backoffice.api.rules import views as rules
from backoffice.api.sales.refunds import RefundFiguresView
from backoffice.api.sales.topics import ProductReportView, SpokenProductsView, TopicFiguresView
from backoffice.api.sales.views import DailySalesView
from backoffice.api.schema import schema
from backoffice.api.services import views as services
from backoffice.api.shipping import views as shipping
from backoffice.api.stock import gifts
from backoffice.api.stock import views as stock
from backoffice.api.store.views import StoreSettingsView
from backoffice.api.topics import views as topics
from backoffice.api.views import unknown_address
from backoffice.api.waybills import views as waybills
from backoffice.api.work import views as work

app_name = "api"
NUMBER = r"(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})"

urlpatterns = [
    path("schema/", schema, name="schema"),
    path("orders/", orders.OrderListView.as_view(), name="order-list"),
    path("orders/claim-next/", batches.ClaimNextView.as_view(), name="claim-next"),
    path("orders/exceptions/", ExceptionListView.as_view(), name="exception-list"),
    path("orders/acts/", recent.RecentActListView.as_view(), name="act-list"),
    path("orders/acts/<int:pk>/undo/", recent.ActUndoView.as_view(), name="act-undo"),
    path("orders/batches/", batches.BatchListView.as_view(), name="batch-list"),
    path("orders/batches/<int:pk>/", batches.BatchView.as_view(), name="batch"),
    path("orders/batches/<int:pk>/undo/", batches.BatchUndoView.as_view(), name="batch-undo"),
    path("orders/batches/<int:pk>/retry/", batches.BatchRetryView.as_view(), name="batch-retry"),
    re_path(rf"^orders/{NUMBER}/$", orders.OrderView.as_view(), name="order"),
    re_path(rf"^orders/{NUMBER}/flag/$", orders.FlagView.as_view(), name="order-flag"),
    re_path(rf"^orders/{NUMBER}/tags/$", orders.TagsView.as_view(), name="order-tags"),
    re_path(rf"^orders/{NUMBER}/appointment/$", orders.AppointmentView.as_view(), name="order-appointment"),
    re_path(rf"^orders/{NUMBER}/reveal/$", orders.RevealView.as_view(), name="order-reveal"),
    re_path(rf"^orders/{NUMBER}/checks/$", shipping.CheckListView.as_view(), name="order-checks"),
    re_path(rf"^orders/{NUMBER}/note/evidence/$", evidence.EvidenceView.as_view(), name="order-note-evidence"),
    re_path(rf"^orders/{NUMBER}/texts/$", messages.FittingTextsView.as_view(), name="order-texts"),
    re_path(rf"^orders/{NUMBER}/consent/$", messages.ConsentView.as_view(), name="order-consent"),
    *(
        re_path(rf"^orders/{NUMBER}/{name}/$", view.as_view(), name=f"order-{name.replace('/', '-')}")
        for name, view in orders.ACT_VIEWS
    ),
    path("notes/", notes.NoteListView.as_view(), name="note-list"),
    path("notes/take-next/", notes.TakeNextView.as_view(), name="take-next-notes"),
    path("notes/topics/", notes.TopicsView.as_view(), name="note-topics"),
    path("quick-replies/", notes.ReplyListView.as_view(), name="reply-list"),
    path("quick-replies/<int:pk>/", notes.ReplyView.as_view(), name="reply"),
    path("tracking-events/", parcels.TrackingEventsView.as_view(), name="tracking-events"),
    path("parcels/", parcels.ParcelListView.as_view(), name="parcel-list"),
    path("parcels/<int:pk>/", parcels.ParcelView.as_view(), name="parcel"),
    path("anomalies/", parcels.AnomalyListView.as_view(), name="anomaly-list"),
    path("anomalies/<int:pk>/own/", parcels.AnomalyOwnView.as_view(), name="anomaly-own"),
    path("anomalies/<int:pk>/contact-courier/", parcels.AnomalyCourierView.as_view(), name="anomaly-courier"),
    path("anomalies/<int:pk>/inform-buyer/", parcels.AnomalyBuyerView.as_view(), name="anomaly-buyer"),
    path("anomalies/<int:pk>/settle/", parcels.AnomalySettleView.as_view(), name="anomaly-settle"),
    path("anomalies/<int:pk>/reopen/", parcels.AnomalyReopenView.as_view(), name="anomaly-reopen"),
    path("refunds/", refunds.RefundListView.as_view(), name="refund-list"),
    path("refunds/take-next/", refunds.TakeNextView.as_view(), name="take-next-refunds"),
    path("refunds/policy/", aftersales.PolicyView.as_view(), name="refund-policy"),
    path("refunds/imports/waiting/retry/", sheets.CasesWaitingRetryView.as_view(), name="refund-waiting-retry"),
    path("refunds/imports/<int:pk>/retry/", sheets.CaseRetryView.as_view(), name="refund-import-retry"),
    path("refunds/imports/rows/<int:pk>/fix/", sheets.CaseRowFixView.as_view(), name="refund-row-fix"),
    path("refunds/imports/rows/<int:pk>/drop/", sheets.CaseRowDropView.as_view(), name="refund-row-drop"),
    re_path(rf"^refunds/{NUMBER}/$", refunds.RefundView.as_view(), name="refund"),
    *(
        re_path(rf"^refunds/{NUMBER}/{name}/$", view.as_view(), name=f"refund-{name}")
        for name, view in refunds.ACT_VIEWS
    ),
    path("return-addresses/", aftersales.AddressListView.as_view(), name="return-address-list"),
    path("return-addresses/<int:pk>/", aftersales.AddressView.as_view(), name="return-address"),
    path("return-addresses/<int:pk>/text/", aftersales.AddressTextView.as_view(), name="return-address-text"),
    *(
        entry
        for one in (registers.COMPLAINTS, registers.VIOLATIONS)
        for entry in (
            path(f"{one.name}/", registers.list_view(one).as_view(), name=f"{one.name}-list"),
            path(f"{one.name}/<int:pk>/", registers.entry_view(one).as_view(), name=one.name),
            path(f"{one.name}/<int:pk>/own/", registers.own_view(one).as_view(), name=f"{one.name}-own"),
            path(f"{one.name}/<int:pk>/settle/", registers.settle_view(one).as_view(), name=f"{one.name}-settle"),
        )
    ),
    *(
        entry
        for one in (sheets.CASES, sheets.REVIEW_FILES)
        for entry in (
            path(f"{one.name}/imports/", sheets.list_view(one).as_view(), name=f"{one.name}-import-list"),
            path(f"{one.name}/imports/<int:pk>/", sheets.file_view(one).as_view(), name=f"{one.name}-import"),
            path(f"{one.name}/imports/<int:pk>/start/", sheets.start_view(one).as_view(), name=f"{one.name}-start"),
        )
    ),
    path("reviews/", reviews.ReviewListView.as_view(), name="review-list"),
    path("reviews/read/", reviews.ReadView.as_view(), name="reviews-read"),
    path("reviews/thanks/", review_shop.ThanksListView.as_view(), name="review-thanks-list"),
    path("reviews/thanks/preview/", review_shop.ThanksPreviewView.as_view(), name="review-thanks-preview"),
    path("reviews/thanks/<int:pk>/", review_shop.ThanksView.as_view(), name="review-thanks"),
    path("reviews/settings/", review_shop.ReviewSettingsView.as_view(), name="review-settings"),
    path("reviews/<int:pk>/", reviews.ReviewView.as_view(), name="review"),
    *(
        path(f"reviews/<int:pk>/{name}/", view.as_view(), name=f"review-{name.replace('/', '-')}")
        for name, view in reviews.ACT_VIEWS.items()
    ),
    path("topics/", topics.TopicListView.as_view(), name="topic-list"),
    path("topics/usual/", topics.TopicSeedView.as_view(), name="topic-seed"),
    path("topics/try/", topics.TopicTryView.as_view(), name="topic-try"),
    path("topics/<int:pk>/", topics.TopicView.as_view(), name="topic"),
    path("topics/<int:pk>/draft/", topics.TopicDraftView.as_view(), name="topic-draft"),
    path("mentions/", topics.MentionListView.as_view(), name="mention-list"),
    path("mentions/<int:pk>/verdict/", topics.VerdictView.as_view(), name="mention-verdict"),
    path("product-actions/", topics.ActionListView.as_view(), name="product-action-list"),
    path("product-actions/<int:pk>/", topics.ActionView.as_view(), name="product-action"),
    path("reply-templates/", review_shop.TemplateListView.as_view(), name="reply-template-list"),
    path("reply-templates/<int:pk>/", review_shop.TemplateView.as_view(), name="reply-template"),
    path("attachments/", refunds.AttachmentListView.as_view(), name="attachment-list"),
    path("attachments/<int:pk>/", evidence.AttachmentView.as_view(), name="attachment"),
    path("faq/", faq.FaqListView.as_view(), name="faq-list"),
    path("faq/<int:pk>/", faq.FaqView.as_view(), name="faq"),
    path("rules/", rules.RuleListView.as_view(), name="rule-list"),
    path("rules/try/", rules.RuleTryView.as_view(), name="rule-try"),
    path("rules/<int:pk>/", rules.RuleView.as_view(), name="rule"),
    path("rules/<int:pk>/move/", rules.RuleMoveView.as_view(), name="rule-move"),
    path("rules/<int:pk>/switch/", rules.RuleSwitchView.as_view(), name="rule-switch"),
    path("rules/<int:pk>/duplicate/", rules.RuleDuplicateView.as_view(), name="rule-duplicate"),
    path("automations/", automations.AutomationListView.as_view(), name="automation-list"),
    path("automations/accept-on-payment/", automations.AcceptOnPaymentView.as_view(), name="accept-on-payment"),
    path("alerts/", alerts.AlertListView.as_view(), name="alert-list"),
    path("alerts/seen/", alerts.AlertsSeenView.as_view(), name="alerts-seen"),
    path("alerts/settings/", alerts.AlertSettingsView.as_view(), name="alert-settings"),
    path("imports/", imports.ImportListView.as_view(), name="import-list"),
    path("imports/<int:pk>/", imports.ImportView.as_view(), name="import"),
    path("imports/<int:pk>/start/", imports.StartView.as_view(), name="import-start"),
    path("imports/<int:pk>/discard/", imports.DiscardView.as_view(), name="import-discard"),
    path("imports/<int:pk>/retry/", imports.RetryView.as_view(), name="import-retry"),
    path("imports/<int:pk>/cancel/", imports.CancelView.as_view(), name="import-cancel"),
    path("imports/rows/<int:pk>/fix/", imports.FixRowView.as_view(), name="import-row-fix"),
    path("imports/rows/<int:pk>/drop/", imports.DropRowView.as_view(), name="import-row-drop"),
    path("outbox/", outbox.OutboxListView.as_view(), name="outbox-list"),
    path("outbox/retry/", outbox.OutboxRetryAllView.as_view(), name="outbox-retry-all"),
    path("outbox/<int:pk>/retry/", outbox.OutboxRetryView.as_view(), name="outbox-retry"),
    path("exports/", exports.ExportListView.as_view(), name="export-list"),
    path("exports/templates/", export_templates.ExportTemplateListView.as_view(), name="export-template-list"),
    path("exports/templates/<int:pk>/", export_templates.ExportTemplateView.as_view(), name="export-template"),
    path("exports/<int:pk>/", exports.ExportView.as_view(), name="export"),
    path("exports/<int:pk>/file/", exports.ExportFileView.as_view(), name="export-file"),
    path("exports/<int:pk>/again/", exports.ExportAgainView.as_view(), name="export-again"),
    path("exports/<int:pk>/cancel/", exports.ExportCancelView.as_view(), name="export-cancel"),
    path("waybills/", waybills.WaybillListView.as_view(), name="waybill-list"),
    path("waybills/rest/", waybills.WaybillRestView.as_view(), name="waybill-rest"),
    path("waybills/<int:pk>/number/", waybills.WaybillNumberView.as_view(), name="waybill-number"),
    path("waybills/<int:pk>/courier/", waybills.WaybillCourierView.as_view(), name="waybill-courier"),
    path("waybills/<int:pk>/void/", waybills.WaybillVoidView.as_view(), name="waybill-void"),
    path("prints/", waybills.PrintListView.as_view(), name="print-list"),
    path("prints/<int:pk>/", waybills.PrintView.as_view(), name="print"),
    path("prints/<int:pk>/retry/", waybills.PrintRetryView.as_view(), name="print-retry"),
    path("prints/<int:pk>/file/", waybills.PrintFileView.as_view(), name="print-file"),
    path("waybills/<int:pk>/split/", shipping.SplitView.as_view(), name="waybill-split"),
    path("waybills/<int:pk>/unmerge/", shipping.UnmergeView.as_view(), name="waybill-unmerge"),
    path("shipping/scan/", shipping.ScanView.as_view(), name="shipping-scan"),
    path("shipping/merges/", shipping.MergeListView.as_view(), name="merge-list"),
    path("shipping/merges/accept/", shipping.MergeAcceptView.as_view(), name="merge-accept"),
    path("shipping/merges/refuse/", shipping.MergeRefuseView.as_view(), name="merge-refuse"),
    path("shipping/merges/refusals/<int:pk>/", shipping.MergeRefusalView.as_view(), name="merge-refusal"),
    path("invoices/", invoices.InvoiceListView.as_view(), name="invoice-list"),
    *(
        path(f"invoices/<int:pk>/{name}/", view.as_view(), name=f"invoice-{name}")
        for name, view in invoices.ACT_VIEWS.items()
    ),
    path("messages/", messages.MessageListView.as_view(), name="message-list"),
    path("messages/settings/", message_settings.MessageSettingsView.as_view(), name="message-settings"),
    path("messages/templates/", message_settings.TemplateListView.as_view(), name="message-template-list"),
    path("messages/templates/<int:pk>/", message_settings.TemplateView.as_view(), name="message-template"),
    path("greetings/", message_settings.GreetingListView.as_view(), name="greeting-list"),
    path("greetings/count/", message_settings.GreetingCountView.as_view(), name="greeting-count"),
    path("greetings/<int:pk>/", message_settings.GreetingView.as_view(), name="greeting"),
    path("services/", services.ServiceListView.as_view(), name="service-list"),
    path("services/<int:pk>/", services.ServiceView.as_view(), name="service"),
    path("stock/skus/", stock.SkuListView.as_view(), name="sku-list"),
    path("stock/skus/<int:pk>/", stock.SkuView.as_view(), name="sku"),
    path("stock/skus/<int:pk>/movements/", stock.LedgerView.as_view(), name="sku-movements"),
    path("stock/skus/<int:pk>/counts/", stock.CountView.as_view(), name="sku-counts"),
    path("stock/products/", stock.ProductListView.as_view(), name="product-list"),
    path("stock/products/<int:pk>/", stock.ProductView.as_view(), name="product"),
    path("shortages/", stock.ShortageListView.as_view(), name="shortage-list"),
    path("shortages/<int:pk>/decide/", stock.ShortageDecideView.as_view(), name="shortage-decide"),
    path("shortages/<int:pk>/offer/", stock.ShortageOfferView.as_view(), name="shortage-offer"),
    path("gift-rules/", gifts.GiftRuleListView.as_view(), name="gift-rule-list"),
    path("gift-rules/try/", gifts.GiftTryView.as_view(), name="gift-rule-try"),
    path("gift-rules/<int:pk>/", gifts.GiftRuleView.as_view(), name="gift-rule"),
    path("gift-rules/<int:pk>/switch/", gifts.GiftSwitchView.as_view(), name="gift-rule-switch"),
    path("workload/", work.WorkloadView.as_view(), name="workload"),
    path("workload/claims/", work.ClaimsView.as_view(), name="workload-claims"),
    path("shifts/", work.ShiftView.as_view(), name="shift"),
    path("shifts/note/", work.ShiftNoteView.as_view(), name="shift-note"),
    path("couriers/", couriers.CourierListView.as_view(), name="courier-list"),
    path("couriers/prices/", couriers.PricesView.as_view(), name="courier-prices"),
    path("couriers/numbers/", couriers.NumbersView.as_view(), name="courier-numbers"),
    path("platform/", platform.ConnectionView.as_view(), name="platform"),
    path("platform/switch/", platform.PlatformSwitchView.as_view(), name="platform-switch"),
    path("platform/test/", platform.PlatformTestView.as_view(), name="platform-test"),
    path("platform/pull/", platform.PullView.as_view(), name="platform-pull"),
    path("jobs/", jobs.JobListView.as_view(), name="job-list"),
    path("jobs/<int:pk>/cancel/", jobs.JobCancelView.as_view(), name="job-cancel"),
    path("jobs/<int:pk>/retry/", jobs.JobRetryView.as_view(), name="job-retry"),
    path("schedules/", jobs.ScheduleListView.as_view(), name="schedule-list"),
    path("schedules/<int:pk>/run/", jobs.ScheduleRunView.as_view(), name="schedule-run"),
    path("schedules/<int:pk>/switch/", jobs.ScheduleSwitchView.as_view(), name="schedule-switch"),
    path("settings/", StoreSettingsView.as_view(), name="settings"),
    path("analytics/backfill/", jobs.BackfillView.as_view(), name="backfill"),
    path("analytics/refunds/", RefundFiguresView.as_view(), name="refund-figures"),
    path("analytics/topics/", TopicFiguresView.as_view(), name="topic-figures"),
    path("analytics/products/", SpokenProductsView.as_view(), name="product-figures"),
    path("analytics/products/<int:pk>/", ProductReportView.as_view(), name="product-report"),
    path("analytics/daily-sales/", DailySalesView.as_view(), name="daily-sales"),
    re_path(r"", unknown_address, name="unknown"),
]
