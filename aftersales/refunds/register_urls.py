"""Addresses of the registers of complaints and violations, below /aftersales/."""

from django.urls import path

from aftersales.refunds.views import registers

app_name = "registers"
urlpatterns = [
    path("complaints/", registers.complaint_list, name="complaint-list"),
    path("complaints/new/", registers.complaint_new, name="complaint-new"),
    path("complaints/<int:pk>/", registers.complaint_detail, name="complaint-detail"),
    path("violations/", registers.violation_list, name="violation-list"),
    path("violations/new/", registers.violation_new, name="violation-new"),
    path("violations/<int:pk>/", registers.violation_detail, name="violation-detail"),
]
