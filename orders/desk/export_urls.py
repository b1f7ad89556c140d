"""Addresses of exports, included by the desk's under /orders/exports/."""

from django.urls import path

from orders.desk.views import exports, templates

urlpatterns = [
    path("exports/", exports.export_list, name="export-list"),
    path("exports/choose/", exports.export_choose, name="export-choose"),
    path("exports/new/", exports.export_create, name="export-create"),
    path("exports/<int:pk>/", exports.export_row, name="export-row"),
    path("exports/<int:pk>/file", exports.export_file, name="export-file"),
    path("exports/<int:pk>/again/", exports.export_again, name="export-again"),
    path("exports/<int:pk>/cancel/", exports.export_cancel, name="export-cancel"),
    path("exports/templates/", templates.template_list, name="template-list"),
    path("exports/templates/new/", templates.template_edit, name="template-new"),
    path("exports/templates/<int:pk>/", templates.template_edit, name="template-edit"),
    path("exports/templates/<int:pk>/delete/", templates.template_delete, name="template-delete"),
]
