from django.urls import path

from analytics.views import refunds, sales, topics

app_name = "analytics"
urlpatterns = [
    path("", sales.sales, name="sales"),
    path("home/", sales.home_panel, name="home-panel"),
    path("refunds/", refunds.refunds, name="refunds"),
    path("refunds/steps/", refunds.refund_steps, name="refund-steps"),
    path("refunds/people/", refunds.refund_people, name="refund-people"),
    path("refunds/products/", refunds.refund_products, name="refund-products"),
    path("topics/", topics.topics, name="topics"),
    path("products/", topics.products, name="products"),
    path("products/<int:pk>/", topics.product, name="product"),
    path("products/<int:pk>/quotes/", topics.product_quotes, name="product-quotes"),
]
