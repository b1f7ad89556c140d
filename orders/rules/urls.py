from django.urls import path

from orders.rules.views import automations, rules

app_name = "rules"
urlpatterns = [
    path("rules/", rules.rule_list, name="rule-list"),
    path("rules/new/", rules.rule_edit, name="rule-new"),
    path("rules/<int:pk>/", rules.rule_edit, name="rule-edit"),
    path("rules/<int:pk>/move/", rules.rule_move, name="rule-move"),
    path("rules/<int:pk>/switch/", rules.rule_switch, name="rule-switch"),
    path("rules/<int:pk>/duplicate/", rules.rule_duplicate, name="rule-duplicate"),
    path("rules/<int:pk>/delete/", rules.rule_delete, name="rule-delete"),
    path("automations/", automations.automation_list, name="automation-list"),
    path("automations/accept-on-payment/", automations.accept_on_payment, name="accept-on-payment"),
]
